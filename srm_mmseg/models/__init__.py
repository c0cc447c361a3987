"""Networks: backbones, necks, decode heads and losses."""

from srm_mmseg.lazy_names import importer

MODULES = {
    'AuxStageLoss': 'losses.aux_stage_loss',
    'BoundaryF1Loss': 'losses.boundary_f1_loss',
    'ContourLoss': 'losses.contour_loss',
    'EfficientNetLite': 'backbones.efficientnet_lite',
    'PPMNeck': 'necks.ppm_neck',
    'PreActResNet': 'backbones.preact_resnet',
    'RefinementModule': 'decode_heads.srm_head',
    'SaliencyCrossEntropy': 'losses.saliency_cross_entropy',
    'SaliencyIoU': 'losses.saliency_iou',
    'SaliencySSIM': 'losses.saliency_ssim',
    'SODTTAModel': 'sod_tta_model',
    'SRMHead': 'decode_heads.srm_head',
    'StagewiseBackbone': 'backbones.stagewise_backbone',
    'StructureLoss': 'losses.structure_loss',
}
__all__ = [*MODULES]
__getattr__ = importer(__name__, MODULES)
