"""A folder of images as people have them: seven odd ones that are right, five that are not; a video."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

ODD_SIZES = {  # width, height, upright
    'pixel': (1, 1),
    'line': (20_000, 10),
    'sixteen': (40, 30),
    'cmyk': (50, 40),
    'rgba': (33, 44),
    'moving': (60, 45),
    'turned': (30, 50),
}
BROKEN = ('empty.jpg', 'text.jpg', 'truncated.jpg', 'link.jpg', 'x.png')


def noise(width: int, height: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def write_odd_images(folder: Path) -> None:
    """Write those of ``ODD_SIZES``, the last of them with an EXIF orientation."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.new('RGB', (1, 1), 'red').save(folder / 'pixel.png')
    Image.fromarray(noise(20_000, 10)).save(folder / 'line.png')
    levels = noise(40, 30)[..., 0].astype(np.uint16) * 257
    Image.fromarray(levels).save(folder / 'sixteen.png')
    Image.fromarray(noise(50, 40)).convert('CMYK').save(folder / 'cmyk.jpg')
    Image.fromarray(np.dstack([noise(33, 44), noise(33, 44, 1)[..., :1]])).save(folder / 'rgba.png')
    first, *others = (Image.fromarray(noise(60, 45, seed)) for seed in range(3))
    first.save(folder / 'moving.gif', save_all=True, append_images=others)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    Image.fromarray(noise(50, 30)).save(folder / 'turned.jpg', exif=exif)


def write_broken_images(folder: Path) -> None:
    """Write those of ``BROKEN``."""
    (folder / 'empty.jpg').touch()
    (folder / 'text.jpg').write_text('This is no image.')
    Image.fromarray(noise(90, 80)).save(folder / 'truncated.jpg')
    data = (folder / 'truncated.jpg').read_bytes()
    (folder / 'truncated.jpg').write_bytes(data[: len(data) // 2])
    (folder / 'link.jpg').symlink_to(folder / 'gone.jpg')
    (folder / 'x.png').mkdir()


def write_clip(path: Path) -> None:
    """Write ten seconds, ever brighter, 64 x 48 pixels."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*'MJPG'), 10, (64, 48))
    for index in range(100):
        writer.write(np.full((48, 64, 3), 2 * index, np.uint8))
    writer.release()
