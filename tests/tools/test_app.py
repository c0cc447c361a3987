"""The page in a real browser, headless."""

import os
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from helpers import REPO
from PIL import Image

pytest.importorskip('gradio', reason='needs gradio: pip install -e ".[app]"')
webdriver = pytest.importorskip('selenium.webdriver', reason='needs selenium')
pytestmark = [
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.skipif(
        not (shutil.which('chromium') and shutil.which('chromedriver')),
        reason='needs chromium and chromedriver',
    ),
]
PATIENCE = 60  # seconds


@pytest.fixture(scope='module')
def address(trained, tiny_config, tmp_path_factory):
    """A running page, with files of at most 1 MB and 2 megapixels."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp('page') / 'log'
    temporary = tmp_path_factory.mktemp('temporary')
    with log.open('w') as output:
        server = subprocess.Popen(
            [
                *(sys.executable, 'tools/app.py', '--config', tiny_config),
                *('--checkpoint', trained / 'epoch_2.pth', '--port', str(port)),
                *('--most-mb', '1', '--most-megapixels', '2'),
            ],
            cwd=REPO,
            env={**os.environ, 'TMPDIR': str(temporary)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait(lambda: 'http://' in log.read_text() or server.poll() is not None)
        assert server.poll() is None, log.read_text()
        yield f'http://127.0.0.1:{port}'
        assert list(temporary.rglob('*_cutout.png'))
    finally:
        server.terminate()
        server.wait()
    assert 'Traceback' not in log.read_text()
    assert server.returncode == 0
    assert not [path for path in temporary.rglob('*') if path.is_file()]


@pytest.fixture
def browser(address, tmp_path):
    """The page in Chromium; what is saved lands in ``tmp_path / 'saved'``."""
    options = webdriver.ChromeOptions()
    for argument in (
        *('headless=new', 'no-sandbox', 'disable-gpu', 'disable-dev-shm-usage', 'disable-sync'),
        *('no-first-run', 'disable-background-networking', 'disable-component-update'),
        *('disable-quic', 'window-size=1300,1000', f'user-data-dir={tmp_path / "profile"}'),
    ):
        options.add_argument(f'--{argument}')
    (tmp_path / 'saved').mkdir()
    preferences = {'download.default_directory': str(tmp_path / 'saved')}
    options.add_experimental_option('prefs', preferences)
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which('chromedriver')))
    try:
        driver.get(address)
        wait(lambda: found(driver, 'input[type=file]'))
        yield driver
    finally:
        driver.quit()


def wait(condition):
    """Wait until a condition holds, and return what it gave."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.1)
    raise TimeoutError(f'not within {PATIENCE} s')


def found(browser, selector):
    return browser.find_elements('css selector', selector)


def upload(browser, *paths):
    found(browser, 'input[type=file]')[0].send_keys('\n'.join(map(str, paths)))


def report(browser):
    return ' '.join(element.text for element in found(browser, '#report'))


def source(browser, selector):
    return next((image.get_attribute('src') for image in found(browser, f'{selector} img')), None)


def save(browser, button, folder: Path) -> Path:
    """Press a button and wait for the file that it saves."""
    before = set(folder.iterdir())
    found(browser, f'#{button}')[0].click()

    def new_file():
        new = [path for path in set(folder.iterdir()) - before if path.suffix != '.crdownload']
        return [path for path in new if path.stat().st_size and not path.name.startswith('.')]

    return wait(new_file)[0]


@pytest.fixture(scope='module')
def photographs(toy_data):
    return sorted((toy_data / 'toy/DUTS-TE/DUTS-TE-Image').iterdir())[:3]


def test_upload_slide_and_save(browser, photographs, tmp_path, address):
    similar = tmp_path / f'{photographs[0].stem}_small{photographs[0].suffix}'
    shutil.copy(photographs[1], similar)
    upload(browser, photographs[0], similar, photographs[2])
    wait(lambda: '3 of 3 drawn' in report(browser))
    last = wait(lambda: source(browser, '#map'))
    assert last.endswith('_s3.png')

    slider = found(browser, '#stage input[type=range]')[0]
    assert slider.get_attribute('max') == '3'
    slider.send_keys(webdriver.Keys.ARROW_LEFT, webdriver.Keys.ARROW_LEFT)
    wait(lambda: source(browser, '#map').endswith('_s1.png'))

    photograph = cv2.imread(str(photographs[0]))
    saliency = cv2.imread(str(save(browser, 'save-map', tmp_path / 'saved')), -1)
    assert saliency.shape == photograph.shape[:2]
    cut_out = np.asarray(Image.open(save(browser, 'save-cutout', tmp_path / 'saved')))
    np.testing.assert_array_equal(cut_out[..., 3], saliency)
    np.testing.assert_array_equal(cut_out[..., 2::-1], photograph)
    with zipfile.ZipFile(save(browser, 'save-all', tmp_path / 'saved')) as archive:
        stem = photographs[0].stem
        stems = (photographs[0].stem, similar.stem, photographs[2].stem)
        kinds = ('s1', 's2', 's3', 'cutout')
        assert archive.namelist() == [f'{stem}_{kind}.png' for stem in stems for kind in kinds]
        packed = cv2.imdecode(np.frombuffer(archive.read(f'{stem}_s1.png'), np.uint8), -1)
        np.testing.assert_array_equal(packed, saliency)


def test_background_colour(browser, photographs, tmp_path):
    upload(browser, photographs[0])
    before = wait(lambda: source(browser, '#cutout'))
    found(browser, '#background input')[1].click()
    wait(lambda: source(browser, '#cutout') != before)
    picture = Image.open(save(browser, 'save-cutout', tmp_path / 'saved'))
    assert picture.mode == 'RGB'


def test_the_background_picture(browser, photographs, tmp_path):
    upload(browser, photographs[0])
    before = wait(lambda: source(browser, '#cutout'))
    found(browser, '#background input')[2].click()
    field = wait(lambda: found(browser, '#behind input[type=file]'))[0]
    Image.new('RGB', (200, 100), 'blue').save(tmp_path / 'small.png')
    field.send_keys(str(tmp_path / 'small.png'))
    wait(lambda: source(browser, '#cutout') != before)
    assert Image.open(save(browser, 'save-cutout', tmp_path / 'saved')).mode == 'RGB'


def test_a_large_background_picture_is_refused(browser, photographs, tmp_path):
    upload(browser, photographs[0])
    wait(lambda: source(browser, '#cutout'))
    found(browser, '#background input')[2].click()
    field = wait(lambda: found(browser, '#behind input[type=file]'))[0]
    Image.new('RGB', (2000, 1500), 'blue').save(tmp_path / 'large.png')
    field.send_keys(str(tmp_path / 'large.png'))
    wait(lambda: 'most 2 megapixels' in ' '.join(one.text for one in found(browser, '.toast-wrap')))


def test_examples_model_and_checkerboard(browser):
    assert 'tiny.py, epoch_2.pth' in found(browser, '#model')[0].text
    wait(lambda: len(found(browser, '#examples button')) == 3)
    found(browser, '#examples button')[1].click()
    wait(lambda: 'example-2' in (source(browser, '#cutout') or ''))
    cut_out = found(browser, '#cutout img')[0]
    assert 'conic-gradient' in cut_out.value_of_css_property('background-image')
    # The pattern ends where the picture does.
    sides = browser.execute_script(
        'const i = arguments[0]; return [i.width / i.height, i.naturalWidth / i.naturalHeight]',
        cut_out,
    )
    assert abs(sides[0] / sides[1] - 1) < 0.02


def test_bad_files_are_named(browser, photographs, tmp_path):
    (tmp_path / 'text.jpg').write_text('no image')
    (tmp_path / 'half.jpg').write_bytes(photographs[0].read_bytes()[:3000])
    cv2.imwrite(str(tmp_path / 'huge.png'), np.zeros((1500, 1500), np.uint8))
    bad = [tmp_path / name for name in ('text.jpg', 'half.jpg', 'huge.png')]
    upload(browser, photographs[0], *bad)
    text = wait(lambda: 'drawn' in report(browser) and report(browser))
    assert '1 of 4 drawn' in text
    assert all(path.name in text for path in bad) and '2 megapixels' in text
    assert source(browser, '#map')


def test_a_file_above_the_limit_gives_a_message(browser, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (900, 900, 3), np.uint8)
    cv2.imwrite(str(tmp_path / 'large.png'), noise)
    upload(browser, tmp_path / 'large.png')
    wait(lambda: 'size' in ' '.join(one.text for one in found(browser, '.toast-wrap')).lower())
    assert not source(browser, '#map')
