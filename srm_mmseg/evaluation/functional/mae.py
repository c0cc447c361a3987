"""Mean absolute error (Perazzi et al., CVPR 2012)."""

from __future__ import annotations

from srm_mmseg.evaluation.functional.histogram import MapHistogram


def mae(histogram: MapHistogram) -> float:
    """Average |saliency - mask| over the pixels.

    Args:
        histogram: The map's levels inside and outside the mask.

    Returns:
        MAE, 0 to 1, lower is better.

    Example:
        >>> import numpy as np
        >>> from srm_mmseg.evaluation.functional import map_histogram
        >>> mae(map_histogram(np.uint8([[255, 0]]), np.uint8([[1, 1]])))
        0.5
    """
    foreground, background, saliency = histogram[:3]
    error = foreground @ (1 - saliency) + background @ saliency
    return float(error / (foreground.sum() + background.sum()))
