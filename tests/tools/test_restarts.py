"""A training whose process is killed starts again from its last checkpoint: MAX_RESTARTS."""

import pytest
import torch
from helpers import free_port, run
from machines import codes, on_both, started
from rank_killer import write_config

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def two_steps(tiny_config, tmp_path_factory):
    """A config of two steps an epoch with two processes."""
    path = tmp_path_factory.mktemp('two_steps') / 'two_steps.py'
    path.write_text(f"""
_base_ = {str(tiny_config)!r}
train_dataloader = dict(batch_size=2)
""")
    return path


@pytest.fixture(scope='module')
def undisturbed(two_steps, toy_data, tmp_path_factory):
    """The weights of a run of two processes that nobody killed."""
    folder = tmp_path_factory.mktemp('undisturbed')
    command = ('bash', 'tools/dist_train.sh', two_steps, 2, '--work-dir', folder)
    run(*command, data=toy_data, PORT=free_port(), CUDA_VISIBLE_DEVICES='')
    return weights_in(folder)


def weights_in(folder):
    return torch.load(folder / 'epoch_2.pth', weights_only=False)['state_dict']


@pytest.fixture
def killing(two_steps, tmp_path):
    """A config whose rank 1 is killed in the middle of epoch 2."""
    mark = str(tmp_path / 'mark')
    return write_config(
        tmp_path / 'killing.py', two_steps, rank=1, loop='train', iteration=3, mark=mark
    )


def test_a_run_goes_on_to_the_weights_of_one_that_was_not_killed(
    killing, undisturbed, toy_data, tmp_path
):
    output = tmp_path / 'output'
    command = ('bash', 'tools/dist_train.sh', killing, 2, '--work-dir', tmp_path, '--resume')
    process = started(command, output, toy_data, PORT=free_port(), MAX_RESTARTS='1')
    assert process.wait(300) == 0, output.read_text()
    assert (tmp_path / 'mark').exists()
    for line in ('this is restart 1 of 1', f"Resuming from '{tmp_path}/epoch_1.pth'"):
        assert output.read_text().count(line) == 1
    torch.testing.assert_close(weights_in(tmp_path), undisturbed, rtol=0, atol=0)


def test_two_machines_go_on_too(two_machines, killing, undisturbed, toy_data, tmp_path):
    command = (killing, 1, '--resume')
    processes, outputs = on_both(
        *(two_machines, 'dist_train.sh', command, tmp_path, toy_data), work_dirs=1, MAX_RESTARTS='1'
    )
    assert codes(processes) == [0, 0], outputs[0].read_text()
    assert (tmp_path / 'mark').exists()
    torch.testing.assert_close(weights_in(tmp_path / 'work_0'), undisturbed, rtol=0, atol=0)
