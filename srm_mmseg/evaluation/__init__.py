"""Measures: pure functions in ``functional``, MMSegmentation metrics beside it."""

from srm_mmseg.lazy_names import importer

MODULES = {
    'SODMetric': 'sod_metric',
    'score_folder': 'map_folder',
}
__all__ = [*MODULES]
__getattr__ = importer(__name__, MODULES)
