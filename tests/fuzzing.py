"""Change valid files at random and give them to a door of the package, for a while."""

import time
import warnings
from collections import Counter
from collections.abc import Callable

import hypothesis
from hypothesis import HealthCheck, strategies

from srm_mmseg.engine.peak_memory import peak_memory

SLOWEST = 20  # seconds for an input of a few kB, on a busy machine
EXAMPLES = 40  # of a short run
SECONDS = 75  # of a long run: eight doors take ten minutes
NUMBERS = (0, 1, 127, 128, 255, 65535, 2**16, 2**31 - 1, 2**31, 2**32 - 1)


@strategies.composite
def changed(draw, bases: list[bytes]) -> bytes:
    """Draw a valid file, and change bits, bytes, numbers and parts of it."""
    data = bytearray(draw(strategies.sampled_from(bases)))
    for _ in range(draw(strategies.integers(0, 6))):
        place = draw(strategies.integers(0, max(0, min(len(data), draw(FAR)) - 1)))
        kind = draw(
            strategies.sampled_from(('bit', 'byte', 'number', 'cut', 'take', 'twice', 'add'))
        )
        length = draw(strategies.integers(1, 64))
        if kind == 'bit' and data:
            data[place] ^= 1 << draw(strategies.integers(0, 7))
        elif kind == 'byte' and data:
            data[place] = draw(strategies.integers(0, 255))
        elif kind == 'number':
            number = draw(strategies.sampled_from(NUMBERS))
            width, order = draw(
                strategies.sampled_from(((2, 'big'), (4, 'big'), (4, 'little'), (8, 'little')))
            )
            data[place : place + width] = (number % 256**width).to_bytes(width, order)
        elif kind == 'cut':
            del data[place:]
        elif kind == 'take':
            del data[place : place + length]
        elif kind == 'twice':
            data[place:place] = data[place : place + length] * draw(strategies.integers(1, 50))
        else:
            data[place:place] = draw(strategies.binary(max_size=32))
    return bytes(data)


FAR = strategies.sampled_from((16, 64, 256, 1 << 30))  # headers are changed more often than pixels


def fuzz(
    check: Callable, inputs: strategies.SearchStrategy, seconds: float = 0, most_mb: int = 512
) -> None:
    """Give inputs to a door: few that are always the same, or new ones for some time.

    Args:
        check: Called with an input; returns what happened, in a word, and raises what must not.
        inputs: Draws them.
        seconds: Of a long run, whose counts are printed; 0 runs the short one.
        most_mb: MB by which the memory may grow.
    """
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    before = peak_memory()

    def once(value):
        nonlocal slowest
        start = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            outcomes[check(value)] += 1
        slowest = max(slowest, time.perf_counter() - start)
        assert slowest < SLOWEST

    def run(examples: int, seed: int | None) -> None:
        test = hypothesis.given(inputs)(once)
        test = hypothesis.settings(
            max_examples=examples,
            derandomize=seed is None,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )(test)
        (test if seed is None else hypothesis.seed(seed)(test))()

    end, seed = time.monotonic() + seconds, 0
    if not seconds:
        run(EXAMPLES, None)
    while time.monotonic() < end:
        seed += 1
        run(200, seed)
    grown = (peak_memory() - before) >> 20
    assert grown < most_mb and len(outcomes) > 1, outcomes
    if seconds:
        counts = ', '.join(f'{count} {what}' for what, count in outcomes.most_common())
        print(f'\n{sum(outcomes.values())} inputs: {counts}; {slowest:.2f} s at most, {grown} MB')
