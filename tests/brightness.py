"""A network that needs no weights."""

import numpy as np

from srm_mmseg.apis.backend import Backend


class Brightness(Backend):
    """Stage 1 is the red channel, stage 2 its opposite."""

    scale = (8, 6)

    def __init__(self):
        self.batches = []

    def __call__(self, images):
        assert images.shape[1:] == (6, 8, 3) and images.dtype == np.uint8
        self.batches.append(len(images))
        red = images[..., 2].astype(np.float32) / 255
        return np.stack([1 - red, red], axis=1)
