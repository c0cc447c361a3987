"""Rooms import each other one way, and take maps from the map's own room alone."""

import ast
from graphlib import CycleError, TopologicalSorter
from statistics import median

import pytest
from helpers import REPO

PACKAGE = 'srm_mmseg'
MODULES = {
    '.'.join(path.relative_to(REPO).with_suffix('').parts).removesuffix('.__init__'): path
    for path in sorted((REPO / PACKAGE).rglob('*.py'))
}
# Between these rooms nothing is imported but what is listed, none of it to make a map.
ROOMS_APART = ('evaluation', 'apis', 'export', 'engine')
ALLOWED = {
    # How an exported file describes itself, which its runners read.
    ('apis.exported_backend', 'export.description'),
    ('apis.onnx_backend', 'export.description'),
    ('apis.openvino_backend', 'export.description'),
    ('apis.torchscript_backend', 'export.description'),
    # --fast of inference.
    ('apis.torch_backend', 'engine.fast_inference'),
    # Where weights that are named lie, to tell a model by their content.
    ('apis.fingerprint', 'engine.packaged_weights'),
    # Whether a score is better when higher, for the best checkpoint.
    ('engine.hooks.whole_checkpoint_hook', 'evaluation.measures'),
    # The curves that a metric has computed, and their pictures.
    ('engine.hooks.save_curves_hook', 'evaluation.measures'),
    ('engine.hooks.save_curves_hook', 'evaluation.sod_metric'),
    ('engine.hooks.save_curves_hook', 'evaluation.curve_plots'),
}


def imports_of(path) -> set[str]:
    """List the modules of the package that a file imports, at its top or later."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = (f'{node.module}.{alias.name}' for alias in node.names)
            found |= {name if name in MODULES else node.module for name in names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.split('.')[0] == PACKAGE}


GRAPH = {name: imports_of(path) for name, path in MODULES.items()}


def room(module: str) -> str:
    """Name the folder below the package that a module is in, or the module itself beside them."""
    return (module.split('.') + [''])[1]


def edges(graph):
    return {(start, end) for start, ends in graph.items() for end in ends}


def between_rooms():
    graph: dict[str, set[str]] = {}
    for start, end in edges(GRAPH):
        if room(start) != room(end):
            graph.setdefault(room(start), set()).add(room(end))
    return graph


def test_the_graph_is_read():
    assert GRAPH['srm_mmseg.jobs.test'] > {'srm_mmseg.model_file', 'srm_mmseg.engine.launch'}
    assert len(MODULES) > 150 and len(edges(GRAPH)) > 400
    assert between_rooms()['apis'] >= {'saliency', 'model_file'}


@pytest.mark.parametrize('graph', [GRAPH, between_rooms()], ids=['modules', 'rooms'])
def test_no_circle(graph):
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(
            f'Expected imports without a circle, but got {error.args[1]}'
        ) from None


def test_a_circle_would_be_found():
    with pytest.raises(CycleError):
        TopologicalSorter({**GRAPH, 'srm_mmseg.saliency.encode': {'srm_mmseg.cli.infer'}}).prepare()


def test_rooms_import_each_other_for_no_map():
    found = {
        (start.removeprefix(f'{PACKAGE}.'), end.removeprefix(f'{PACKAGE}.'))
        for start, end in edges(GRAPH)
        if room(start) != room(end) and {room(start), room(end)} <= set(ROOMS_APART)
    }
    assert found == ALLOWED


def test_the_maps_room_imports_no_other():
    assert 'saliency' not in between_rooms()
    users = {start for start, ends in between_rooms().items() if 'saliency' in ends}
    assert {*ROOMS_APART, 'models', 'jobs'} <= users


def test_files_are_short():
    lengths = {name: len(path.read_text().splitlines()) for name, path in MODULES.items()}
    assert median(lengths.values()) < 120
    paths = [
        path for folder in (PACKAGE, 'tools', 'tests') for path in (REPO / folder).rglob('*.py')
    ]
    assert len(paths) > len(MODULES) + 100
    assert not [path for path in paths if len(path.read_text().splitlines()) > 350]
