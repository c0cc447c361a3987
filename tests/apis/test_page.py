"""What the page's functions do; tests/tools/test_app.py has the page in a browser."""

import threading
import time
import zipfile

import numpy as np
import pytest
from odd_images import noise
from PIL import Image

pytest.importorskip('gradio', reason='needs gradio: pip install -e ".[app]"')

from srm_mmseg.apis import SaliencyInferencer
from srm_mmseg.apis.backend import Backend
from srm_mmseg.apis.page import Server, draw_maps, on_picture, pack, show
from srm_mmseg.apis.turns import Turns


class Half(Backend):
    """Takes a moment, one image at a time."""

    scale = (4, 4)

    def __init__(self):
        self.order = []
        self.busy = threading.Lock()

    def __call__(self, images):
        assert self.busy.acquire(blocking=False)
        time.sleep(0.05)
        self.busy.release()
        self.order.append(int(images[0, 0, 0, 0]) // 100)
        return np.full((len(images), 2, 2, 2), 0.5)


@pytest.fixture
def server(tmp_path):
    return Server(SaliencyInferencer(Half(), batch_size=1), 1.0, tmp_path, Turns())


def photographs(folder, count, level):
    folder.mkdir()
    paths = [str(folder / f'{index}.png') for index in range(count)]
    for path in paths:
        Image.new('RGB', (9, 7), (level,) * 3).save(path)
    return paths


def test_visitors_take_turns(server, tmp_path):
    many, few = (
        photographs(tmp_path / n, c, level) for n, c, level in (('a', 20, 0), ('b', 3, 200))
    )
    visits = {}

    def visit(name, paths):
        visits[name] = draw_maps(server, paths, None)

    first = threading.Thread(target=visit, args=('many', many))
    first.start()
    while len(server.inferencer.backend.order) < 3:
        time.sleep(0.005)
    visit('few', few)
    drawn = list(server.inferencer.backend.order)
    first.join()
    assert drawn.count(2) == 3 and len(drawn) < 15
    assert visits['many'][3] == '20 of 20 drawn.' and visits['few'][3] == '3 of 3 drawn.'
    folders = {visit[0].folder for visit in visits.values()}
    assert len(folders) == 2 and all(folder.parent == tmp_path for folder in folders)


def test_the_archive_is_packed_when_it_is_asked_for(server, tmp_path):
    assert pack(tmp_path, None) is None
    visit = None
    for path in photographs(tmp_path / 'a', 6, 90):
        visit = draw_maps(server, [path], visit)[0]
    assert not list(tmp_path.rglob('*.zip'))
    packed = [pack(tmp_path, visit), pack(tmp_path, visit)]
    assert [*map(str, tmp_path.rglob('*.zip'))] == packed[:1] and packed[0] == packed[1]
    with zipfile.ZipFile(packed[0]) as archive:
        assert len(archive.namelist()) == 6 * 3


def test_a_picture_that_was_cut_out_stays_so(server, tmp_path):
    pixels = np.dstack([noise(9, 7), np.tile(np.uint8([0, 255, 90]), (7, 3))])
    Image.fromarray(pixels).save(tmp_path / 'cut.png')
    visit = draw_maps(server, [str(tmp_path / 'cut.png')], None)[0]
    smaller = np.minimum(pixels[..., 3], 128)
    for path in (
        visit.file('cut', 'cutout'),
        show(server, visit, 'cut', 2, 'transparent', '', '')[2],
    ):
        assert (np.asarray(Image.open(path))[..., 3] == smaller).all()
    assert (np.asarray(Image.open(visit.file('cut', 'image'))) == pixels).all()


def test_the_picture_behind_obeys_the_limit(tmp_path):
    cut = Image.new('RGBA', (4, 4), (255, 0, 0, 0))
    Image.new('RGB', (2000, 1000), 'blue').save(tmp_path / 'large.png')
    Image.new('RGB', (200, 100), 'blue').save(tmp_path / 'small.png')
    (tmp_path / 'text.png').write_text('no image')
    assert on_picture(cut, tmp_path / 'small.png', 1).getpixel((0, 0)) == (0, 0, 255)
    with pytest.warns(UserWarning, match='large.png: Expected at most 1 megapixels'):
        assert on_picture(cut, tmp_path / 'large.png', 1) is cut
    with pytest.warns(UserWarning, match='text.png'):
        assert on_picture(cut, tmp_path / 'text.png', 1) is cut
