from datetime import timedelta

import pytest
import torch.distributed as dist

from srm_mmseg.engine import lost_ranks
from srm_mmseg.engine.lost_ranks import LostRankError, lost_ranks_named, silent_ranks

GLOO = '[third_party/gloo/gloo/transport/tcp/unbound_buffer.cc:81] Timed out waiting 1000ms'


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(lost_ranks, 'PATIENCE', 0.1)


def lose(store, error=GLOO, world_size=4, rank=0):
    with lost_ranks_named(store, rank, world_size, timedelta(minutes=3)):
        raise RuntimeError(error)


def test_ranks_that_say_nothing_are_named():
    store = dist.HashStore()
    store.set('waits/2', '1')
    with pytest.raises(LostRankError, match=r'all 4 .*within 3 minutes, but rank 1, 3 did not'):
        lose(store)


def test_one_process_of_a_machine_tells():
    store = dist.HashStore()
    store.set('waits/1', '1')
    store.set('waits/2', '1')
    with pytest.raises(LostRankError, match='rank 3 did not'):
        lose(store)
    with pytest.raises(SystemExit) as end:
        lose(store, rank=1)
    assert end.value.code == 1


@pytest.mark.parametrize('how', ['Connection closed by peer [10.0.0.2]:80', 'Connection reset'])
def test_a_process_that_has_ended_did_not_let_others_wait(how):
    store = dist.HashStore()
    store.set('waits/2', '1')
    with pytest.raises(LostRankError) as told:
        lose(store, f'[gloo/transport/tcp/pair.cc:553] /gloo/ {how}', world_size=3)
    assert 'all 3 processes to run to the end, but rank 1 has ended' in str(told.value)
    assert 'minutes' not in str(told.value)


def test_a_lost_connection_of_processes_that_all_answer_is_told():
    with pytest.raises(LostRankError, match='a connection was lost .*Timed out waiting'):
        lose(dist.HashStore(), world_size=1)


class Mute(dist.Store):
    """A store behind a cut cable."""

    def set(self, key, value):
        raise RuntimeError('no answer')


def test_a_store_that_does_not_answer_is_told():
    assert silent_ranks(Mute(), 0, 2) is None
    with pytest.raises(LostRankError, match='the machine of rank 0'):
        lose(Mute(), world_size=2)


def test_other_errors_pass():
    with pytest.raises(RuntimeError, match='a bug') as error:
        lose(dist.HashStore(), error='a bug')
    assert not isinstance(error.value, LostRankError)
