"""Where tools look for the encoder; it lives in ``srm_mmseg.saliency.encode``."""

from srm_mmseg.saliency.encode import encode as png
from srm_mmseg.whole_file import write_whole

__all__ = ['png', 'write_whole']
