"""The toolbox's own ways to a map, each equal to what ``tools/test.py --out`` writes."""

import cv2
import numpy as np
import pytest
from helpers import run
from mmengine.config import Config
from mmseg.apis import MMSegInferencer, inference_model, init_model
from PIL import Image

from srm_mmseg.saliency.map_tensors import saliency_of


@pytest.fixture(scope='module')
def photographs(tmp_path_factory, toy_data):
    """Two photographs, of which one lies on its side in its file; paths and upright BGR arrays."""
    folder = tmp_path_factory.mktemp('photographs')
    [first, second] = sorted((toy_data / 'toy/DUTS-TE/DUTS-TE-Image').iterdir())[:2]
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(second).save(folder / 'turned.png', exif=exif)
    turned = np.ascontiguousarray(np.rot90(cv2.imread(str(second)), -1))
    return {str(first): cv2.imread(str(first)), str(folder / 'turned.png'): turned}


@pytest.fixture(scope='module')
def expected(trained, tiny_config, photographs, tmp_path_factory):
    """The maps that a test writes of the photographs."""
    folder = tmp_path_factory.mktemp('tested')
    for name, (path, pixels) in enumerate(photographs.items()):
        for kind in ('images', 'masks'):
            (folder / kind).mkdir(exist_ok=True)
        (folder / f'images/{name}{path[-4:]}').symlink_to(path)
        Image.new('L', pixels.shape[1::-1]).save(folder / f'masks/{name}.png')
    dataset = 'test_dataloader.dataset'
    run(
        *(
            'python',
            'tools/test.py',
            tiny_config,
            trained / 'epoch_2.pth',
            '--out',
            folder / 'maps',
        ),
        *('--work-dir', folder / 'work', '--cfg-options', f'{dataset}.data_root={folder}'),
        *(f'{dataset}.data_prefix.img_path=images', f'{dataset}.data_prefix.seg_map_path=masks'),
        *(f'{dataset}.img_suffix=.jpg,.png', f'{dataset}.dataset_name=two'),
    )
    maps = [cv2.imread(str(folder / f'maps/two/{name}.png'), 0) for name in range(2)]
    assert all(one.max() > one.min() for one in maps)
    return maps


def maps_of(samples):
    return [saliency_of(sample.to_dict()) for sample in samples]


@pytest.mark.parametrize('kind', ['paths', 'arrays'])
def test_inference_model(kind, trained, tiny_config, photographs, expected):
    model = init_model(str(tiny_config), str(trained / 'epoch_2.pth'), device='cpu')
    given = list(photographs if kind == 'paths' else photographs.values())
    found = maps_of(inference_model(model, one) for one in given)
    assert all((one == other).all() for one, other in zip(found, expected, strict=True))


@pytest.mark.parametrize('kind', ['paths', 'arrays'])
def test_the_inferencer(kind, trained, tiny_config, photographs, expected):
    config = Config.fromfile(tiny_config)
    config.test_dataloader.dataset.pipeline.insert(0, dict(type='LoadImageFromFile'))
    inferencer = MMSegInferencer(config, str(trained / 'epoch_2.pth'), device='cpu')
    given = list(photographs if kind == 'paths' else photographs.values())
    found = maps_of(inferencer(given, return_datasamples=True))
    assert all((one == other).all() for one, other in zip(found, expected, strict=True))


def test_the_inferencer_asks_for_its_own_loader(trained, tiny_config):
    """Once this fails the line above it, in the tests and documents, is needed no more."""
    with pytest.raises(ValueError, match='LoadImageFromFile is not found'):
        MMSegInferencer(str(tiny_config), str(trained / 'epoch_2.pth'), device='cpu')
