"""``torchrun`` without a traceback: ``python -m srm_mmseg.engine.torchrun``, with its arguments.

A process that fails says why itself.
"""

from __future__ import annotations

import logging
import signal
import sys

from torch.distributed import DistError
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.elastic.rendezvous.api import RendezvousError
from torch.distributed.run import main as torchrun


def main() -> None:
    """Run a command in several processes; end with the exit code of the first that fails."""
    logging.disable(logging.ERROR)  # torchrun's reports of what a process has said already
    try:
        torchrun(sys.argv[1:])
    except ChildFailedError as error:
        rank, failure = error.get_first_failure()
        if failure.exitcode < 0:
            name = signal.Signals(-failure.exitcode).name
            sys.exit(
                f'error: Expected all processes to run to the end, but {name} ended rank {rank}.'
            )
        sys.exit(failure.exitcode)
    except (DistError, RendezvousError) as error:
        sys.exit(
            'error: Expected all machines to meet at MASTER_ADDR and PORT, but got: '
            f'{" ".join(str(error).split())[:300]}. If the port is in use, choose another (PORT=29501) '
            'on all machines; if a machine is missing, start it, and check NNODES, NODE_RANK and the '
            'firewall.'
        )


if __name__ == '__main__':
    main()
