"""Folders that are drawn to as infer does, and what is noted of it."""

import json
from functools import partial

from srm_mmseg.apis.output_folder import OutputFolder
from srm_mmseg.apis.sources import Source

KINDS = ('map', 'cutout')
MODEL = {'dtype': None, 'config': 'c', 'checkpoint': 'w'}


def opened(path, kinds=('map',), model=MODEL):
    return OutputFolder(path, kinds, KINDS, model)


def draw(folder, origins, overwrite=False):
    """Claim and draw as the tool does: a picture holds what its file holds."""
    todo = folder.claim(origins, overwrite)
    for name in todo:
        read = folder.watched(name, Source(name, origins[name], partial(contents, origins[name])))
        data = read.read()
        for kind in folder.kinds:
            folder.write(kind, name, kind.encode() + data)
        folder.done(name)
    folder.save()
    return todo


def contents(path):
    with open(path, 'rb') as file:
        return file.read()


def note(out):
    return json.loads((out / 'model.json').read_text())
