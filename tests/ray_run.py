"""A run of Ray Data on a local cluster, as docs/many_photographs.md has it: PHOTOGRAPHS OUT PIDS [DONE]."""

import os
import sys
from pathlib import Path

from srm_mmseg.apis.saliency_actor import SaliencyActor


class WatchedActor(SaliencyActor):
    """Leaves the number of its process in a folder."""

    def __init__(self, pids: str, **options) -> None:
        super().__init__(**options)
        Path(pids, str(os.getpid())).touch()


def main(photographs: str, out: str, pids: str, done: str | None = None) -> None:
    import ray
    from ray.data.checkpoint import CheckpointConfig

    ray.init(num_cpus=3 if done else 2, include_dashboard=False, object_store_memory=200 << 20)
    context = ray.data.DataContext.get_current()
    if done:
        context.checkpoint_config = CheckpointConfig(
            id_column='path', checkpoint_path=done, delete_checkpoint_on_success=False
        )
    files = ray.data.read_binary_files(photographs, include_paths=True, override_num_blocks=12)
    maps = files.map_batches(
        WatchedActor,
        fn_constructor_kwargs=dict(pids=pids, batch_size=1),
        batch_size=4,
        num_cpus=0.5,
        compute=ray.data.ActorPoolStrategy(size=2),
    )
    maps.write_parquet(out)


if __name__ == '__main__':
    main(*sys.argv[1:])
