"""Salient object detection for MMSegmentation: the Stagewise Refinement Model.

This import is light: it needs no toolbox and starts nothing. ``srm_mmseg.register`` adds the
components to MMSegmentation's registries.
"""

from srm_mmseg.config_names import find_config as find_config

__version__ = '0.12.0'
