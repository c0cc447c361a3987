"""Small maps and masks for the losses' tests."""

import numpy as np
import torch


def smooth_masks(batch=2, height=23, width=19, seed=0):
    """Draw masks with an ellipse each, and noise on a few pixels."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    masks = []
    for _ in range(batch):
        y, x = generator.uniform(0.3, 0.7, 2) * (height, width)
        b, a = generator.uniform(0.2, 0.4, 2) * (height, width)
        inside = ((rows - y) / b) ** 2 + ((columns - x) / a) ** 2 < 1
        masks.append(inside ^ (generator.random((height, width)) < 0.03))
    return torch.from_numpy(np.stack(masks)).long()


def random_logits(masks, seed=0, dtype=torch.float32):
    """Draw two channels of logits, B x 2 x H x W, which lean towards the masks."""
    generator = torch.Generator().manual_seed(seed)
    batch, height, width = masks.shape
    logits = torch.randn(batch, 2, height, width, generator=generator, dtype=dtype)
    logits[:, 1] += (masks == 1) * 2 - 1
    return logits


def probability(logits):
    """The foreground's probability of each image, as arrays."""
    return logits.detach().double().softmax(dim=1)[:, 1].numpy()


def window(centre, size, limit):
    """The places of a window that lie in the image."""
    return range(max(centre - size // 2, 0), min(centre + size // 2 + 1, limit))
