import io
from concurrent.futures import ThreadPoolExecutor

import icc_profiles as icc
import numpy as np
import pytest
from PIL import Image, ImageCms

from srm_mmseg.datasets.colour_profile import to_srgb
from srm_mmseg.datasets.photograph import decode, upright_rgb

AXIS = np.arange(0, 256, 17, dtype=np.uint8)
COLOURS = np.stack(np.meshgrid(AXIS, AXIS, AXIS), axis=-1).reshape(64, 64, 3)
GREYS = np.arange(256, dtype=np.uint8).reshape(16, 16)
WIDE = {
    'Display P3': (icc.P3, icc.srgb_curve),
    'Adobe RGB': (icc.ADOBE, icc.gamma(563 / 256)),
    'ProPhoto': (icc.PROPHOTO, icc.gamma(1.8)),
    'red and green exchanged': (icc.EXCHANGED, icc.srgb_curve),
}


def saved(pixels, suffix='PNG', profile=None, **options) -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    file = io.BytesIO()
    image.save(file, suffix, icc_profile=profile, **options)
    return file.getvalue()


def lab_of_inks(cyan, magenta, yellow, black):
    """Inks darker than Pillow's, and a cyan that is not the screen's."""
    lightness = 100 - 40 * cyan - 45 * magenta - 8 * yellow
    return max(lightness * (1 - black), 0), 60 * (magenta - cyan) * (1 - black), 0


@pytest.mark.parametrize('space', WIDE)
@pytest.mark.parametrize(
    ('suffix', 'options'),
    [('PNG', {}), ('TIFF', {}), ('WEBP', dict(lossless=True)), ('JPEG', dict(quality=100))],
)
def test_colours_are_as_a_viewer_shows_them(space, suffix, options):
    colorants, curve = WIDE[space]
    # Blocks, so that a JPEG keeps the colours.
    colours = np.kron(COLOURS[::8, ::8], np.ones((16, 16, 1), np.uint8)) if options else COLOURS
    data = saved(colours, suffix, icc.rgb_profile(colorants, curve), **options)
    stored = np.asarray(decode(data).convert('RGB'))
    shown = upright_rgb(decode(data))
    expected = icc.rgb_in_srgb(stored, colorants, curve)
    difference = np.abs(shown - expected)
    assert difference.max() <= 3 and difference.mean() < 0.5
    assert np.abs(shown.astype(int) - stored).max() > 30


@pytest.mark.parametrize('exponent', [1.8, 2.2])
@pytest.mark.parametrize('mode', ['L', 'LA', 'I;16'])
def test_grey_profiles(exponent, mode):
    image = Image.fromarray(GREYS)
    if mode == 'I;16':
        image = Image.fromarray(GREYS.astype(np.uint16) * 257)
    elif mode == 'LA':
        image.putalpha(255)
    curve = icc.gamma(exponent)
    shown = upright_rgb(decode(saved(image, profile=icc.grey_profile(curve))))
    expected = icc.encoded(curve(GREYS / 255))
    assert np.abs(shown - expected[..., None]).max() <= 2
    assert np.abs(expected - GREYS).max() > 5


@pytest.mark.parametrize('suffix', ['JPEG', 'TIFF'])
def test_cmyk_with_and_without_a_profile(suffix):
    inks = Image.new('CMYK', (64, 16))
    for index, ink in enumerate([(0, 0, 0, 0), (255, 0, 0, 0), (0, 255, 0, 0), (0, 0, 0, 255)]):
        inks.paste(ink, (16 * index, 0, 16 * index + 16, 16))
    options = dict(quality=100) if suffix == 'JPEG' else {}
    plain = upright_rgb(decode(saved(inks, suffix, **options)))[8, 8::16]
    assert np.abs(plain - [[255] * 3, [0, 255, 255], [255, 0, 255], [0] * 3]).max() <= 2
    profile = icc.cmyk_profile(lab_of_inks)
    shown = upright_rgb(decode(saved(inks, suffix, profile, **options)))[8, 8::16]
    lab = [lab_of_inks(*ink) for ink in ([0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1])]
    assert np.abs(shown - [srgb_of_lab(*one) for one in lab]).max() <= 4


def srgb_of_lab(lightness, a, b):
    y = (lightness + 16) / 116
    f = np.array([y + a / 500, y, y - b / 200])
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * icc.WHITE_D50
    return icc.encoded(np.linalg.inv(icc.SRGB) @ xyz)


@pytest.mark.parametrize(
    'profile',
    [
        ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes(),
        icc.rgb_profile(icc.SRGB, icc.srgb_curve),
    ],
    ids=['LittleCMS', 'made'],
)
def test_srgb_changes_no_pixel(profile):
    assert (upright_rgb(decode(saved(COLOURS, profile=profile))) == COLOURS).all()


def test_palettes(tmp_path):
    image = Image.fromarray(COLOURS).quantize(64)
    stored = np.asarray(image.convert('RGB'))
    data = saved(image, profile=icc.rgb_profile(*WIDE['Display P3']))
    expected = icc.rgb_in_srgb(stored, *WIDE['Display P3'])
    assert np.abs(upright_rgb(decode(data)) - expected).max() <= 3


P3 = icc.rgb_profile(*WIDE['Display P3'])
UNUSABLE = {
    'text': b'no profile',
    'empty': b'',
    'header': P3[:128],
    'truncated': P3[:300],
    'half': P3[: len(P3) // 2],
    'zeros': bytes(len(P3)),
    'other signature': P3.replace(b'acsp', b'pcsa'),
    'no curve': P3.replace(b'rTRC', b'xTRC'),
    'endless tags': P3[:128] + b'\xff' * 40,
    'Lab device': P3[:16] + b'Lab ' + P3[20:],
}


@pytest.mark.parametrize('profile', UNUSABLE.values(), ids=UNUSABLE)
@pytest.mark.parametrize('suffix', ['PNG', 'JPEG'])
def test_a_profile_that_cannot_be_used_is_left_out(profile, suffix):
    colours = np.full((16, 16, 3), (200, 90, 30), np.uint8)
    data = saved(colours, suffix, profile)
    assert (upright_rgb(decode(data)) == upright_rgb(decode(saved(colours, suffix)))).all()


def test_a_profile_of_other_channels_is_left_out():
    profiles = {
        'RGB': P3,
        'L': icc.grey_profile(icc.gamma(1.8)),
        'CMYK': icc.cmyk_profile(lab_of_inks),
    }
    for mode in profiles:
        image = Image.fromarray(COLOURS).convert(mode)
        for profile in (profiles[other] for other in profiles if other != mode):
            data = saved(image, 'TIFF', profile)
            assert (upright_rgb(decode(data)) == np.asarray(image.convert('RGB'))).all()


def test_images_in_memory_of_all_modes():
    for mode in ('1', 'L', 'P', 'RGB', 'RGBX', 'CMYK', 'YCbCr', 'HSV', 'LAB'):
        image = Image.fromarray(COLOURS).convert('RGB')
        image = image if mode == 'RGB' else image.convert(mode)
        assert (np.asarray(to_srgb(image)) == np.asarray(image.convert('RGB'))).all()
        image.info['icc_profile'] = P3
        assert to_srgb(image).mode == 'RGB'


def test_threads_share_a_profile():
    spaces = list(WIDE)
    files = {name: saved(COLOURS, profile=icc.rgb_profile(*WIDE[name])) for name in spaces}
    alone = {name: upright_rgb(decode(file)) for name, file in files.items()}
    with ThreadPoolExecutor(8) as pool:
        names = spaces * 25
        for name, shown in zip(names, pool.map(lambda one: upright_rgb(decode(files[one])), names)):
            assert (shown == alone[name]).all()
