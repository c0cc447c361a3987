"""The notebook runs, and holds the outputs of a run."""

import pytest
from helpers import REPO

NOTEBOOK = REPO / 'docs/start.ipynb'


def read():
    nbformat = pytest.importorskip('nbformat', reason='needs the extra docs: make docs')
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.mark.slow
def test_it_was_run_from_top_to_bottom_and_has_pictures():
    cells = [cell for cell in read().cells if cell.cell_type == 'code']
    assert [cell.execution_count for cell in cells] == [*range(1, len(cells) + 1)]
    outputs = [output for cell in cells for output in cell.outputs]
    assert sum('image/png' in output.get('data', {}) for output in outputs) == 4
    assert not any(output.output_type == 'error' for output in outputs)
    assert NOTEBOOK.stat().st_size < 2**20


@pytest.mark.slow
def test_it_runs(monkeypatch):
    nbclient = pytest.importorskip('nbclient', reason='needs the extra docs: make docs')
    monkeypatch.setenv('OMP_NUM_THREADS', '1')
    monkeypatch.setenv('PYTHONPATH', str(REPO))
    notebook = read()
    where = dict(metadata=dict(path=str(NOTEBOOK.parent)))
    nbclient.NotebookClient(notebook, timeout=300, resources=where).execute()
    text = ''.join(o.get('text', '') for cell in notebook.cells for o in cell.get('outputs', ()))
    assert all(f'\nS{stage} ' in text for stage in (1, 2, 3)), text
