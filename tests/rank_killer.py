"""A hook that a test's config imports."""

import os
import signal
import time
from pathlib import Path

from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.registry import HOOKS


@HOOKS.register_module(force=True)  # pytest imports this file by two names
class RankKiller(Hook):
    """Kill a process once, as the system does it when memory runs out.

    Args:
        rank: Whose process.
        loop: 'train' or 'val'.
        iteration: Before which iteration of the training or of the validation.
        mark: A file that is written just before.
        pause: Seconds that the other processes then take for the iteration.
    """

    def __init__(self, rank: int, loop: str, iteration: int, mark: str, pause: float = 0) -> None:
        self.moment = (loop, iteration)
        self.rank = rank
        self.mark = Path(mark)
        self.pause = pause

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.kill('train', runner.iter)

    def before_val_iter(self, runner, batch_idx, data_batch=None):
        self.kill('val', batch_idx)

    def kill(self, *moment):
        if moment != self.moment or self.mark.exists():
            return
        if get_rank() == self.rank:
            time.sleep(min(self.pause, 3))  # the others are at theirs
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(self.pause)


def write_config(path: Path, base: Path, **settings) -> Path:
    """Write a config whose run kills a process; settings are those of the hook."""
    path.write_text(f"""
_base_ = {str(base)!r}
custom_imports = dict(imports=['srm_mmseg.register', 'rank_killer'], allow_failed_imports=False)
custom_hooks = [*_base_.custom_hooks, dict(type='RankKiller', **{settings!r})]
""")
    return path
