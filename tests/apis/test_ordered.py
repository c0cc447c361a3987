import threading
from concurrent.futures import ThreadPoolExecutor

from srm_mmseg.apis.ordered import mapped


def test_costly_items_come_one_at_a_time():
    together, most, lock = 0, 0, threading.Lock()
    barrier = threading.Event()

    def work(cost):
        nonlocal together, most
        with lock:
            together += cost
            most = max(most, together)
        barrier.wait(0.05)
        with lock:
            together -= cost
        return cost

    costs = [1, 1, 9, 9, 30, 1, 2, 9]
    with ThreadPoolExecutor(4) as pool:
        assert list(mapped(pool, work, costs, 4, lambda cost: cost, 10)) == costs
    assert 10 <= most <= 30  # 30 alone


def test_items_without_a_cost_fill_the_pool():
    drawn = []
    with ThreadPoolExecutor(2) as pool:
        results = mapped(pool, str, (drawn.append(item) or item for item in range(9)), 3)
        assert next(results) == '0' and len(drawn) == 4
        assert list(results) == list('12345678')
