import icc_profiles as icc
import numpy as np
import pytest
from PIL import Image

from srm_mmseg.apis.sources import sources
from srm_mmseg.datasets.photograph import on_white
from srm_mmseg.datasets.transforms.load_saliency_image import LoadSaliencyImage

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)


def load(path):
    return LoadSaliencyImage()(dict(img_path=str(path)))


def test_bgr_and_sizes(tmp_path):
    Image.fromarray(PIXELS).save(tmp_path / 'a.png')
    results = load(tmp_path / 'a.png')
    np.testing.assert_array_equal(results['img'], PIXELS[..., ::-1])
    assert results['img_shape'] == results['ori_shape'] == (6, 9)


def test_grey_becomes_three_channels(tmp_path):
    Image.fromarray(PIXELS[..., 0]).save(tmp_path / 'a.png')
    np.testing.assert_array_equal(load(tmp_path / 'a.png')['img'], PIXELS[..., [0, 0, 0]])


def test_16_bits_become_8(tmp_path):
    wide = PIXELS[..., 0].astype(np.uint16) * 257
    Image.fromarray(wide).save(tmp_path / 'a.png')
    np.testing.assert_array_equal(load(tmp_path / 'a.png')['img'], PIXELS[..., [0, 0, 0]])


def test_exif_orientation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # stored on its side: turn 90 degrees clockwise to view
    Image.fromarray(PIXELS).save(tmp_path / 'a.png', exif=exif)
    results = load(tmp_path / 'a.png')
    assert results['ori_shape'] == (9, 6)
    np.testing.assert_array_equal(results['img'], np.rot90(PIXELS, -1)[..., ::-1])


def test_colours_and_transparency_are_as_in_inference(tmp_path):
    pixels = np.dstack([PIXELS, PIXELS[..., :1]])
    profile = icc.rgb_profile(icc.P3, icc.srgb_curve)
    image = Image.fromarray(pixels)
    image.save(tmp_path / 'a.png', icc_profile=profile)
    image.convert('LA').save(tmp_path / 'b.png', icc_profile=icc.grey_profile(icc.gamma(1.8)))
    image.convert('RGB').save(tmp_path / 'c.tif', icc_profile=profile)
    image.quantize(16).save(tmp_path / 'd.png', icc_profile=profile)
    found = list(sources(tmp_path))
    assert len(found) == 4
    for source in found:
        seen = load(source.origin)['img'][..., ::-1]
        np.testing.assert_array_equal(seen, on_white(source.read()))
        assert (
            np.abs(seen.astype(int) - np.asarray(Image.open(source.origin).convert('RGB'))).max()
            > 9
        )


def test_broken_file_is_named(tmp_path):
    (tmp_path / 'broken.jpg').write_bytes(b'\xff\xd8\xff')
    with pytest.raises(ValueError, match='broken.jpg'):
        load(tmp_path / 'broken.jpg')
