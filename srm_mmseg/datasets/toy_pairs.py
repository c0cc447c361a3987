"""Draw pictures with salient objects, and their masks; needs no toolbox.

An object is salient because its colour stands out: its hue is far from that of the textured
background, at any brightness. Distractors share the background's hue and differ in brightness, so
that neither a threshold on the grey levels nor a guess at the centre finds the objects. Objects
are one to three ragged bodies with thin limbs, of any size and anywhere, and many touch the border
of the image.
"""

from __future__ import annotations

import colorsys

import cv2
import numpy as np
from numpy.random import Generator


def colour(hue: float, saturation: float, value: float) -> np.ndarray:
    """Convert HSV, each 0 to 1, to a float BGR colour of 0 to 255."""
    return 255 * np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value)[::-1])


def noise(rng: Generator, height: int, width: int, cell: int) -> np.ndarray:
    """Draw smooth noise, H x W x 1, -1 to 1, with blobs of about ``cell`` pixels."""
    coarse = rng.uniform(-1, 1, (height // cell + 2, width // cell + 2))
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]


def background(rng: Generator, height: int, width: int, hue: float) -> np.ndarray:
    """Paint a gradient between two colours of about one hue, with texture; H x W x 3."""
    first, second = (
        colour(hue + rng.uniform(-0.04, 0.04), rng.uniform(0.35, 0.9), rng.uniform(0.3, 0.9))
        for _ in range(2)
    )
    y, x = np.mgrid[:height, :width]
    angle = rng.uniform(0, 2 * np.pi)
    ramp = np.cos(angle) * x / width + np.sin(angle) * y / height
    ramp = ((ramp - ramp.min()) / np.ptp(ramp))[..., None]
    image = first * (1 - ramp) + second * ramp
    for cell, strength in ((3, 0.12), (11, 0.2), (37, 0.25)):
        image *= 1 + rng.uniform(0, strength) * noise(rng, height, width, cell)
    if rng.random() < 0.4:
        period, tilt = rng.uniform(6, 25), rng.uniform(0, 2 * np.pi)
        stripes = np.sin(2 * np.pi * (np.cos(tilt) * x + np.sin(tilt) * y) / period)
        image *= 1 + rng.uniform(0.05, 0.25) * stripes[..., None]
    return image


def fill(shape: tuple[int, int], points: np.ndarray) -> np.ndarray:
    """Rasterise a polygon of N x 2 points (x, y) to an H x W mask of {0, 1}."""
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], 1)
    return mask


def ragged_body(
    rng: Generator, shape: tuple[int, int], centre: np.ndarray, radius: float
) -> np.ndarray:
    """Draw a star-shaped blob whose outline is a random Fourier series; H x W, {0, 1}."""
    angles = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    outline = np.ones_like(angles)
    for frequency in range(2, 18):
        amplitude = rng.normal(0, 0.28) / frequency**0.85
        outline += amplitude * np.cos(frequency * angles + rng.uniform(0, 2 * np.pi))
    stretch = np.array([rng.uniform(0.6, 1.4), rng.uniform(0.6, 1.4)])
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return fill(
        shape, centre + radius * np.clip(outline, 0.3, None)[:, None] * directions * stretch
    )


def thin_limb(
    rng: Generator, shape: tuple[int, int], start: np.ndarray, length: float
) -> np.ndarray:
    """Draw a bent stroke that tapers from about 6 pixels to 2; H x W, {0, 1}."""
    mask = np.zeros(shape, np.uint8)
    heading, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.12)
    steps = 14
    point, width = start, rng.uniform(3, 6)
    for step in range(steps):
        heading += bend + rng.normal(0, 0.08)
        end = point + length / steps * np.array([np.cos(heading), np.sin(heading)])
        thickness = max(2, round(width * (1 - step / steps)))
        first, last = np.rint([point, end]).astype(int).tolist()
        cv2.line(mask, first, last, 1, thickness)
        point = end
    return mask


def salient_object(rng: Generator, shape: tuple[int, int]) -> np.ndarray:
    """Draw a body with up to five limbs; H x W, {0, 1}."""
    side = min(shape)
    centre = rng.uniform(0.08, 0.92, 2) * shape[::-1]
    radius = side * rng.uniform(0.08, 0.27)
    mask = ragged_body(rng, shape, centre, radius)
    for _ in range(rng.integers(1, 6)):
        mask |= thin_limb(rng, shape, centre, radius * rng.uniform(1.5, 2.6))
    return mask


def distractor(rng: Generator, shape: tuple[int, int]) -> np.ndarray:
    """Draw a box, an ellipse or a ragged blob; H x W, {0, 1}."""
    centre = rng.uniform(0, 1, 2) * shape[::-1]
    radius = min(shape) * rng.uniform(0.05, 0.22)
    kind = rng.integers(3)
    if kind == 0:
        return ragged_body(rng, shape, centre, radius)
    if kind == 1:
        mask = np.zeros(shape, np.uint8)
        axes = np.rint(radius * rng.uniform(0.5, 1.4, 2)).astype(int).tolist()
        cv2.ellipse(
            mask, np.rint(centre).astype(int).tolist(), axes, rng.uniform(0, 180), 0, 360, 1, -1
        )
        return mask
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * rng.uniform(0.5, 1.4, 2)
    turn = rng.uniform(0, np.pi / 2)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return fill(shape, centre + radius * corners @ rotation)


def paint(rng: Generator, image: np.ndarray, mask: np.ndarray, hue: float) -> np.ndarray:
    """Blend a shaded, textured surface of one hue into the image, with a soft edge."""
    height, width = mask.shape
    surface = colour(hue, rng.uniform(0.45, 1), rng.uniform(0.35, 1)) * np.ones_like(image)
    for cell, strength in ((4, 0.2), (19, 0.4)):
        surface *= 1 + rng.uniform(0, strength) * noise(rng, height, width, cell)
    alpha = cv2.GaussianBlur(mask.astype(np.float64), (3, 3), 0.6)[..., None]
    return image * (1 - alpha) + surface * alpha


def make_pair(rng: Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw an image, H x W x 3 uint8 BGR, and its mask, H x W uint8 of 0 and 255."""
    shape = int(rng.integers(150, 260)), int(rng.integers(150, 260))
    hue = rng.uniform()
    image = background(rng, *shape, hue)
    for _ in range(rng.integers(3, 9)):
        image = paint(rng, image, distractor(rng, shape), hue + rng.uniform(-0.06, 0.06))
    salient_hue = hue + rng.uniform(0.25, 0.75)
    mask = np.zeros(shape, np.uint8)
    for _ in range(rng.choice([1, 2, 3], p=[0.6, 0.25, 0.15])):
        part = salient_object(rng, shape)
        image = paint(rng, image, part, salient_hue + rng.uniform(-0.04, 0.04))
        mask |= part
    image += rng.normal(0, rng.uniform(1, 7), image.shape)
    return np.clip(image, 0, 255).astype(np.uint8), mask * 255
