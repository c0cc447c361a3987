import socket
import time
from datetime import timedelta
from threading import Thread

import pytest
import torch.distributed as dist
from helpers import run

from srm_mmseg.engine.life_lines import LostRankError, ended_ranks_told, received, send

RUN = """
import os, sys, time
from datetime import timedelta
import torch.distributed as dist
from srm_mmseg.engine import life_lines
life_lines.GRACE = 0.5
rank, deed = int(sys.argv[1]), sys.argv[2]
store = dist.TCPStore('127.0.0.1', {port}, 3, rank == 0, timedelta(seconds=60))
with life_lines.ended_ranks_told(store, rank, 3, '127.0.0.1', timedelta(seconds=60)):
    time.sleep(1)
    if deed == 'dies':
        os.kill(os.getpid(), 9)
    time.sleep(2 if deed == 'works' else 60)
if rank == 0:
    time.sleep(1)  # it has the store
"""


def outcomes(*deeds):
    """Run three processes that end, or wait for each other; what they exit with and what they say."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        code = RUN.format(port=free.getsockname()[1])
    found = [None] * 3

    def call(rank):
        done = run('python', '-c', code, rank, deeds[rank], check=False)
        found[rank] = (done.returncode, done.stderr)

    threads = [Thread(target=call, args=(rank,)) for rank in range(3)]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found, time.monotonic() - start


@pytest.mark.parametrize('dead', [0, 2])
def test_the_others_end_and_name_the_rank(dead):
    deeds = ['waits'] * 3
    deeds[dead] = 'dies'
    found, seconds = outcomes(*deeds)
    assert seconds < 50
    for rank, (code, said) in enumerate(found):
        if rank == dead:
            assert code == -9
        else:
            assert code == 1
            assert f'all 3 processes to run to the end, but rank {dead} has ended' in said


def test_processes_that_run_to_the_end_say_nothing():
    found, _ = outcomes('works', 'works', 'works')
    assert [code for code, _ in found] == [0, 0, 0]
    assert not any('error: ' in said for _, said in found)


def test_a_rank_that_does_not_come_is_named():
    store = dist.HashStore()
    with pytest.raises(LostRankError, match='connect to rank 0 at 127.0.0.1, but rank 1, 2 did'):
        with ended_ranks_told(store, 0, 3, '127.0.0.1', timedelta(seconds=0.1)):
            pass


def test_an_own_error_passes_and_says_no_good_bye():
    store = dist.HashStore()
    heard = []

    def other():
        address, port = store.get('life_lines').decode().split()
        with socket.create_connection((address, int(port))) as line:
            send(line, 1)
            heard.append(received(line))

    thread = Thread(target=other, daemon=True)
    thread.start()
    with pytest.raises(ValueError, match='a bug'):
        with ended_ranks_told(store, 0, 2, '127.0.0.1', timedelta(seconds=9)):
            raise ValueError('a bug')
    thread.join(9)
    assert heard == [None]


def test_numbers_are_sent_whole_or_not_at_all():
    left, right = socket.socketpair()
    for number in (-1, 0, 70_000):
        send(left, number)
        assert received(right) == number
    left.sendall(b'ab')
    left.close()
    assert received(right) is None
    send(left, 1)  # the other end is gone: no error
