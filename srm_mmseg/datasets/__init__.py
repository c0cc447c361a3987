"""Data sets and how they are read."""

from srm_mmseg.lazy_names import importer

MODULES = {
    'BadFileError': 'image_file',
    'BadSetError': 'stems',
    'LoadSaliencyImage': 'transforms.load_saliency_image',
    'LoadSaliencyMask': 'transforms.load_saliency_mask',
    'PackSaliencyInputs': 'transforms.pack_saliency_inputs',
    'ProportionalSampler': 'samplers.proportional_sampler',
    'RandomCropAroundObject': 'transforms.crop_around_object',
    'SODDataset': 'sod_dataset',
    'collate_at_random_size': 'multi_scale',
}
__all__ = [*MODULES]
__getattr__ = importer(__name__, MODULES)
