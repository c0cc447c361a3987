import threading
import time

from srm_mmseg.apis.turns import Turns


def test_threads_are_let_in_as_they_asked():
    turns, entered, inside = Turns(), [], threading.Semaphore()

    def work(number):
        with turns:
            assert inside.acquire(blocking=False)
            entered.append(number)
            inside.release()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    with turns:
        for number, thread in enumerate(threads):
            thread.start()
            while turns._given < number + 2:
                time.sleep(0.001)
        assert not entered
    for thread in threads:
        thread.join()
    assert entered == list(range(12))


def test_an_error_gives_the_turn_back():
    turns = Turns()
    for _ in range(2):
        try:
            with turns:
                raise ValueError
        except ValueError:
            pass
    with turns:
        pass
