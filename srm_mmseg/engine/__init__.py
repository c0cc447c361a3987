"""What runs around a model: checkpoints and process groups."""

from srm_mmseg.lazy_names import importer

MODULES = {
    'CPUAmpOptimWrapper': 'optim.cpu_amp_optim_wrapper',
    'SaliencyPicturesHook': 'hooks.saliency_pictures_hook',
    'SaveCurvesHook': 'hooks.save_curves_hook',
    'SaveOverlaysHook': 'hooks.save_overlays_hook',
    'SeedIterationsHook': 'hooks.seed_iterations_hook',
    'SkippedFilesHook': 'hooks.skipped_files_hook',
    'WholeCheckpointHook': 'hooks.whole_checkpoint_hook',
}
__all__ = [*MODULES]
__getattr__ = importer(__name__, MODULES)
