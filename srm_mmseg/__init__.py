"""Salient object detection for MMSegmentation: the Stagewise Refinement Model.

This import is light: it needs no toolbox and starts nothing. ``srm_mmseg.register`` adds the
components to MMSegmentation's registries.
"""

__version__ = '0.8.0'
