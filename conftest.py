"""What the examples in docstrings need: no log among their outputs, and a temporary folder."""

import logging
import tempfile

import pytest

collect_ignore = ['srm_mmseg/apis/page.py']  # needs Gradio, and has no example


@pytest.fixture(autouse=True)
def quiet_example(request, tmp_path_factory):
    """Silence the log, and let what an example writes go with the test run's files."""
    if not isinstance(request.node, pytest.DoctestItem):
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, 'tempdir', str(tmp_path_factory.mktemp('example')))
        logging.disable(logging.WARNING)
        yield
        logging.disable(logging.NOTSET)
