"""Logs as a training writes them."""

import json


def train_row(iteration, loss):
    stages = {f'decode.loss_s{stage}': loss * stage for stage in (1, 2, 3)}
    return {'lr': 0.1, 'loss': 6 * loss, 'decode.acc_seg': 90.0, 'iter': iteration, **stages}


def write(folder, *rows, tail=''):
    path = folder / 'vis_data/scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text('\n'.join(map(json.dumps, rows)) + '\n' + tail)
    return path


SCORES = {'MAE': 0.2, 'Sm': 0.7, 'data_time': 0.1, 'time': 0.1, 'step': 1}
