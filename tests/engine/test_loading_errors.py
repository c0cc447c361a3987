import pytest
from torch.utils.data import DataLoader, Dataset

from srm_mmseg.engine import loading_errors
from srm_mmseg.engine.loading_errors import is_lack_of_memory, sent_errors, told_of_loading
from srm_mmseg.engine.plain_errors import plain_file_errors


class Unsendable:
    """An object that fails when it is pickled, as a tensor does without shared memory."""

    def __init__(self, error):
        self.error = error

    def __reduce__(self):
        raise self.error


class One(Dataset):
    def __init__(self, error):
        self.error = error

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return Unsendable(self.error)


def load(error, **settings):
    return list(DataLoader(One(error), num_workers=1, collate_fn=list, **settings))


@pytest.mark.parametrize('settings', [{}, {'persistent_workers': True}, {'batch_size': 3}])
def test_a_batch_that_cannot_be_sent_is_an_error_and_no_endless_wait(settings):
    with pytest.raises(ValueError, match='while a loading process sent a batch(.|\n)*no pickle'):
        with sent_errors():
            load(ValueError('no pickle'), timeout=60, **settings)


@pytest.mark.parametrize(
    'text',
    [
        'unable to allocate shared memory(shm) for file </torch_1_2_3>: No space left (28)',
        'unable to write to file </torch_9>: No space left on device (28)',
        "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 9 bytes",
        'received 0 items of ancdata',
    ],
)
def test_without_memory_a_run_ends_in_a_line(text):
    with pytest.raises(SystemExit) as end, plain_file_errors():
        load(RuntimeError(text), timeout=60)
    assert text in end.value.code and '/dev/shm' in end.value.code and '\n' not in end.value.code


def test_other_errors_are_no_lack_of_memory():
    assert not is_lack_of_memory(RuntimeError('a bug'))
    assert not is_lack_of_memory(RuntimeError('line about shared memory\nRuntimeError: a bug'))
    assert not is_lack_of_memory(RuntimeError(''))


def test_full_shared_memory_without_a_name_is_lack_of_memory(monkeypatch):
    error = OSError(28, 'No space left on device')
    for full in ([], ['/dev/shm']):
        monkeypatch.setattr(loading_errors, 'full_folders', lambda folders, full=full: full)
        assert is_lack_of_memory(error) == bool(full)
    assert not is_lack_of_memory(OSError(28, 'No space left on device', '/a/file'))


def test_a_killed_process_is_told_in_a_line():
    error = RuntimeError('DataLoader worker (pid 7) is killed by signal: Bus error.\nMore. ')
    assert is_lack_of_memory(error) and '\n' not in told_of_loading(error)
