"""Runs of infer, and what they read."""

import logging
import sys
from types import SimpleNamespace

import pytest
from machines import network
from odd_images import noise, write_clip
from PIL import Image

from srm_mmseg.cli.infer import main


@pytest.fixture
def model(trained, tiny_config):
    return '--config', tiny_config, '--checkpoint', trained / 'epoch_2.pth'


@pytest.fixture
def infer(model, monkeypatch, capfd):
    """Run the tool in this process, which has imported the toolbox already."""

    def call(*args):
        # MMEngine's loggers keep the stream of the test that was the first to log.
        monkeypatch.setattr(logging, 'raiseExceptions', False)
        monkeypatch.setattr(sys, 'argv', ['infer.py', *map(str, (*args, *model))])
        code = 0
        try:
            main()
        except SystemExit as exit:
            if isinstance(exit.code, str):
                print(exit.code, file=sys.stderr)
            code = exit.code if isinstance(exit.code, int) else 1
        return SimpleNamespace(returncode=code, **capfd.readouterr()._asdict())

    return call


@pytest.fixture
def clip(tmp_path):
    """Ten seconds, ever brighter, 64 x 48 pixels."""
    path = tmp_path / 'clip.avi'
    write_clip(path)
    return path


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / 'a/x.png'
    path.parent.mkdir()
    Image.fromarray(noise(5, 4)).save(path)
    return path


@pytest.fixture
def two_machines():
    """The names of two machines with a cable between them: network namespaces."""
    with network() as names:
        yield names
