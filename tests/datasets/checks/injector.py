"""Damage a clean data set in every way that the checks know, and say what was done."""

from __future__ import annotations

import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from srm_mmseg.datasets.toy_pairs import make_pair

EXIF_ORIENTATION = 0x0112
UPRIGHT_TO_STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}


def write_clean_set(root: Path, count: int, seed: int = 0) -> None:
    """Write generated pairs, ``root/images/NNN.jpg`` and ``root/masks/NNN.png``."""
    for folder in ('images', 'masks'):
        (root / folder).mkdir(parents=True)
    for index in range(count):
        image, mask = make_pair(np.random.default_rng([seed, index]))
        Image.fromarray(image[..., ::-1].copy()).save(root / f'images/{index:03d}.jpg', quality=92)
        Image.fromarray(mask).save(root / f'masks/{index:03d}.png')


def grey_png(levels: np.ndarray, bits: int) -> bytes:
    """Encode grey levels, H x W, with 1, 2, 4, 8 or 16 bits; Pillow writes 8 at least."""
    digits = (levels[..., None] >> np.arange(bits - 1, -1, -1)) & 1
    rows = np.packbits(digits.reshape(len(levels), -1).astype(np.uint8), axis=1)
    raw = b''.join(b'\0' + row.tobytes() for row in rows)
    header = struct.pack('>IIBBBBB', *levels.shape[::-1], bits, 0, 0, 0, 0)

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))
        )

    chunks = chunk(b'IHDR', header), chunk(b'IDAT', zlib.compress(raw)), chunk(b'IEND', b'')
    return b'\x89PNG\r\n\x1a\n' + b''.join(chunks)


class Injector:
    """Takes clean pairs of a set one after another, and damages them.

    Attributes:
        expected: (file, kind) of each finding that a check should make.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.expected: list[tuple[str, str]] = []
        self.stems = iter(sorted(path.stem for path in (root / 'images').iterdir()))

    def pair(self) -> tuple[Path, Path]:
        """Take the next clean pair."""
        stem = next(self.stems)
        return self.root / f'images/{stem}.jpg', self.root / f'masks/{stem}.png'

    def expect(self, path: Path, *kinds: str) -> None:
        self.expected += [(str(path), kind) for kind in kinds]

    def expect_one(self, kind: str, of: str = 'mask') -> Path:
        """Take a pair one of whose files will be damaged."""
        path = self.pair()[of == 'mask']
        self.expect(path, kind)
        return path


def inject_pairing(injector: Injector) -> None:
    """Lose, double and rename files."""
    image, mask = injector.pair()
    mask.unlink()
    injector.expect(image, 'missing_mask')
    image, mask = injector.pair()
    image.unlink()
    injector.expect(mask, 'missing_image')
    image, mask = injector.pair()
    Image.open(image).save(image.with_suffix('.png'))
    injector.expect(image.with_suffix('.png'), 'ambiguous_stem')
    image, mask = injector.pair()
    image.rename(image.with_stem('Named'))
    mask.rename(mask.with_stem('named'))
    injector.expect(image.with_stem('Named'), 'name_mismatch')
    image, mask = injector.pair()
    mask.rename(mask.with_suffix('.bmp'))
    injector.expect(image, 'missing_mask')
    injector.expect(mask.with_suffix('.bmp'), 'stray_file')
    image, mask = injector.pair()
    Image.open(mask).save(mask.with_suffix('.jpg'))
    injector.expect(mask.with_suffix('.jpg'), 'stray_file')
    for name in ('images/Thumbs.db', 'images/.DS_Store', 'masks/._000.png'):
        (injector.root / name).write_bytes(b'\0')
        injector.expect(injector.root / name, 'stray_file')
    shutil.copytree(injector.root / 'masks', injector.root / 'masks/.git', symlinks=True)
    injector.expect(injector.root / 'masks/.git', 'stray_file')
    (injector.root / 'images/back').symlink_to(injector.root)
    injector.expect(injector.root / 'images/back', 'link_loop')


def inject_files(injector: Injector) -> None:
    """Break files."""
    path = injector.expect_one('corrupt_file', 'image')
    path.write_bytes(path.read_bytes()[:-1000])
    path = injector.expect_one('corrupt_file', 'image')
    path.write_bytes(path.read_bytes()[:-2])
    path = injector.expect_one('corrupt_file', 'image')
    half = len(path.read_bytes()) // 2
    path.write_bytes(path.read_bytes()[:half] + bytes(half))
    path = injector.expect_one('corrupt_file', 'image')
    data = path.read_bytes()
    path.write_bytes(data[:half] + bytes(1000) + data[half + 1000 :])
    path = injector.expect_one('corrupt_file')
    path.write_bytes(path.read_bytes()[:200])
    path = injector.expect_one('corrupt_file')
    path.write_bytes(path.read_bytes()[:-12])
    path = injector.expect_one('corrupt_file')
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)
    path = injector.expect_one('corrupt_file')
    path.write_bytes(path.read_bytes()[:10])
    injector.expect_one('empty_file', 'image').write_bytes(b'')
    injector.expect_one('not_an_image', 'image').write_text('a note')
    injector.expect_one('not_an_image').write_text('<html>404</html>')
    path = injector.expect_one('not_a_file')
    path.unlink()
    path.mkdir()
    path = injector.expect_one('broken_link', 'image')
    path.unlink()
    path.symlink_to('gone.jpg')
    path = injector.expect_one('wrong_suffix', 'image')
    Image.open(path).copy().save(path, 'PNG')


def inject_images(injector: Injector) -> None:
    """Store photographs in unusual ways."""
    path = injector.expect_one('grey_image', 'image')
    Image.open(path).convert('L').save(path)
    path = injector.expect_one('grey_as_rgb', 'image')
    Image.open(path).convert('L').convert('RGB').save(path)
    path = injector.expect_one('cmyk_image', 'image')
    Image.open(path).convert('CMYK').save(path)
    for orientation, back in UPRIGHT_TO_STORED.items():
        exif = Image.Exif()
        exif[EXIF_ORIENTATION] = orientation
        path = injector.expect_one('exif_mismatch', 'image')
        Image.open(path).save(path, exif=exif)
        path = injector.expect_one('exif_orientation', 'image')
        Image.open(path).transpose(back).save(path, exif=exif)
    path = injector.expect_one('blank_image', 'image')
    Image.new('RGB', Image.open(path).size, (40, 90, 20)).save(path)
    image, mask = injector.pair()
    Image.open(mask).save(image)
    injector.expect(image, 'image_is_mask', 'grey_image')
    image, mask = injector.pair()
    Image.open(image).resize((8, 8)).save(image)
    mask.write_bytes(grey_png(np.eye(8, dtype=np.uint8) * 255, 8))
    injector.expect(image, 'tiny_image')
    inject_png_images(injector)


def inject_png_images(injector: Injector) -> None:
    """Replace photographs by PNGs of many kinds."""

    def replace(kind: str, convert, **kwargs) -> None:
        image, _ = injector.pair()
        pixels = convert(Image.open(image).convert('RGB'))
        image.unlink()
        pixels.save(image.with_suffix('.png'), **kwargs)
        injector.expect(image.with_suffix('.png'), kind)

    def holed(image: Image.Image) -> Image.Image:
        image.putalpha(Image.linear_gradient('L').resize(image.size))
        return image

    def deep(image: Image.Image) -> Image.Image:
        return Image.fromarray(np.asarray(image.convert('L')).astype(np.uint16) * 257)

    replace('transparent_image', holed)
    replace('sixteen_bit_image', deep)
    injector.expect(Path(injector.expected[-1][0]), 'grey_image')
    replace('palette_image', lambda image: image.quantize(256))
    frame = Image.new('RGB', (9, 9))
    replace('several_frames', lambda image: image, save_all=True, append_images=[frame])


def inject_masks(injector: Injector) -> None:
    """Give masks other sizes, values and encodings."""

    def truth(path: Path) -> np.ndarray:
        return (np.asarray(Image.open(path)) > 128).astype(np.uint8)

    def rewrite(kind: str, convert, **kwargs) -> None:
        path = injector.expect_one(kind)
        result = convert(truth(path))
        if isinstance(result, bytes):
            path.write_bytes(result)
        else:
            if isinstance(result, np.ndarray):
                result = Image.fromarray(result)
            result.save(path, **kwargs)

    def palette(indices: np.ndarray) -> Image.Image:
        image = Image.fromarray(indices, 'P')
        image.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0] + [0] * 759)
        return image

    def bordered(mask: np.ndarray, ignore: int) -> np.ndarray:
        labels = mask.copy()
        labels[1:][mask[1:] != mask[:-1]] = ignore
        return labels

    def noisy(mask: np.ndarray) -> np.ndarray:
        noise = np.random.default_rng(0).integers(0, 9, mask.shape)
        return np.where(mask, 255 - noise, noise).astype(np.uint8)

    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 3
    rewrite('size_mismatch', lambda mask: mask[:, :-3] * 255)
    rewrite('size_mismatch', lambda mask: np.pad(mask, ((0, 7), (0, 0))).T * 255)
    rewrite('empty_mask', lambda mask: mask * 0)
    rewrite('full_mask', lambda mask: mask * 0 + 255)
    rewrite('inverted_mask', lambda mask: 255 - mask * 255)
    rewrite('inverted_mask', inverted)
    rewrite('maybe_inverted', lower_part)
    rewrite('mask_encoding', lambda mask: mask)
    rewrite('mask_encoding', lambda mask: grey_png(mask, 1))
    rewrite('mask_encoding', lambda mask: grey_png(mask * 3, 2))
    rewrite('mask_encoding', lambda mask: mask.astype(np.uint16) * 65535)
    rewrite('mask_encoding', lambda mask: np.stack([mask * 255] * 3, axis=2))
    rewrite('mask_encoding', palette)
    rewrite('mask_below_threshold', lambda mask: grey_png(mask, 2))
    rewrite('mask_below_threshold', lambda mask: grey_png(mask, 4))
    rewrite('mask_below_threshold', lambda mask: mask * 128)
    rewrite('mask_at_threshold', lambda mask: mask * 129)
    rewrite('soft_mask', noisy)
    rewrite('soft_mask', lambda mask: np.asarray(Image.fromarray(mask * 178)))
    rewrite('grey_mask', shaded)
    rewrite('grey_mask', speckled)
    rewrite('coloured_mask', lambda mask: mask[..., None] * np.uint8([255, 0, 0]))
    rewrite('palette_mask', lambda mask: palette(bordered(mask, 255)))
    rewrite('palette_mask', lambda mask: palette(mask * 2))
    rewrite('label_mask', lambda mask: bordered(mask, 255))
    rewrite('transparent_mask', lambda mask: Image.fromarray(np.stack([mask * 255] * 4, axis=2)))
    rewrite('mask_orientation', lambda mask: mask * 255, exif=exif)


def inverted(mask: np.ndarray) -> np.ndarray:
    """Foreground everywhere but in a small box."""
    box = np.full_like(mask, 255)
    box[50:70, 40:60] = 0
    return box


def lower_part(mask: np.ndarray) -> np.ndarray:
    """Foreground in the lower four fifths."""
    part = np.full_like(mask, 255)
    part[: len(part) // 5] = 0
    return part


def shaded(mask: np.ndarray) -> np.ndarray:
    """A ramp of grey levels in a large box."""
    ramp = np.zeros(mask.shape, np.uint8)
    ramp[20:120, 20:120] = np.linspace(60, 255, 100).astype(np.uint8)
    return ramp


def speckled(mask: np.ndarray) -> np.ndarray:
    """A large box of any levels."""
    levels = np.zeros(mask.shape, np.uint8)
    levels[20:120, 20:120] = np.random.default_rng(0).integers(0, 256, (100, 100))
    return levels


def inject_duplicates(injector: Injector) -> None:
    """Plant pictures and masks twice, under names that come last."""

    def copy(name: str, change, **kwargs) -> tuple[Path, Path]:
        image, mask = injector.pair()
        copies = image.with_stem(name), mask.with_stem(name)
        change(Image.open(image)).save(copies[0], **kwargs)
        change(Image.open(mask)).save(copies[1])
        return copies

    image, mask = injector.pair()
    shutil.copyfile(image, image.with_stem('z_exact'))
    shutil.copyfile(mask, mask.with_stem('z_exact'))
    injector.expect(image.with_stem('z_exact'), 'duplicate_image')
    image, mask = injector.pair()
    shutil.copyfile(image, image.with_stem('z_conflict'))
    Image.open(mask).transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(mask.with_stem('z_conflict'))
    injector.expect(image.with_stem('z_conflict'), 'duplicate_image', 'conflicting_masks')
    for name, change in COPIES.items():
        image, _ = copy(f'z_{name}', change, quality=60)
        injector.expect(image, 'near_duplicate')
    (image, mask), (other_image, other) = injector.pair(), injector.pair()
    pixels = Image.open(other_image).resize(Image.open(mask).size)
    pixels.save(other_image)
    shutil.copyfile(mask, other)
    injector.expect(other, 'same_mask')


def resized(width: float, height: float):
    """Resize to shares of the width and height; without middle greys, for masks."""
    return lambda image: image.resize(
        (round(image.width * width), round(image.height * height)), Image.Resampling.NEAREST
    )


COPIES = {
    'recompressed': lambda image: image.copy(),
    'smaller': resized(0.5, 0.5),
    'wider': resized(1.6, 1.2),
    'mirrored': lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    'turned': lambda image: image.transpose(Image.Transpose.ROTATE_90),
}
INJECTIONS = inject_pairing, inject_files, inject_images, inject_masks, inject_duplicates
