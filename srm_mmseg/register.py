"""Add every component of srm_mmseg to MMSegmentation's registries.

Importing this module is the whole installation into the toolbox. Configs name it once, in
``configs/_base_/default_runtime.py``::

    custom_imports = dict(imports=['srm_mmseg.register'], allow_failed_imports=False)
"""

try:
    import mmseg.models  # noqa: F401
except ImportError as error:
    raise ImportError(
        f'srm_mmseg needs MMSegmentation, and importing it failed: {error}.\n'
        'Install one of its two distributions (see README.md):\n'
        "  pip install 'srm-mmseg[onedl]'       # maintained fork\n"
        "  pip install 'srm-mmseg[openmmlab]'   # original, compiles mmcv",
        name='mmseg',
    ) from error

from srm_mmseg.datasets import multi_scale as multi_scale
from srm_mmseg.datasets import sod_dataset as sod_dataset
from srm_mmseg.datasets.samplers import proportional_sampler as proportional_sampler
from srm_mmseg.datasets.transforms import crop_around_object as crop_around_object
from srm_mmseg.datasets.transforms import load_saliency_image as load_saliency_image
from srm_mmseg.datasets.transforms import load_saliency_mask as load_saliency_mask
from srm_mmseg.datasets.transforms import pack_saliency_inputs as pack_saliency_inputs
from srm_mmseg.engine.checkpoint import strict_loading
from srm_mmseg.engine.hooks import saliency_pictures_hook as saliency_pictures_hook
from srm_mmseg.engine.hooks import save_curves_hook as save_curves_hook
from srm_mmseg.engine.hooks import save_overlays_hook as save_overlays_hook
from srm_mmseg.engine.hooks import seed_iterations_hook as seed_iterations_hook
from srm_mmseg.engine.hooks import skipped_files_hook as skipped_files_hook
from srm_mmseg.engine.hooks import whole_checkpoint_hook as whole_checkpoint_hook
from srm_mmseg.engine.optim import cpu_amp_optim_wrapper as cpu_amp_optim_wrapper
from srm_mmseg.evaluation import sod_evaluator as sod_evaluator
from srm_mmseg.evaluation import sod_metric as sod_metric
from srm_mmseg.models import sod_tta_model as sod_tta_model
from srm_mmseg.models.backbones import efficientnet_lite as efficientnet_lite
from srm_mmseg.models.backbones import preact_resnet as preact_resnet
from srm_mmseg.models.backbones import stagewise_backbone as stagewise_backbone
from srm_mmseg.models.decode_heads import srm_head as srm_head
from srm_mmseg.models.losses import aux_stage_loss as aux_stage_loss
from srm_mmseg.models.losses import boundary_f1_loss as boundary_f1_loss
from srm_mmseg.models.losses import contour_loss as contour_loss
from srm_mmseg.models.losses import saliency_cross_entropy as saliency_cross_entropy
from srm_mmseg.models.losses import saliency_iou as saliency_iou
from srm_mmseg.models.losses import saliency_ssim as saliency_ssim
from srm_mmseg.models.losses import structure_loss as structure_loss
from srm_mmseg.models.necks import ppm_neck as ppm_neck

strict_loading()
