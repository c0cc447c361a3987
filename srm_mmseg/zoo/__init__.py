"""Models with their weights: those in the box, and one's own in the folder that ``SRM_MMSEG_ZOO`` names."""
