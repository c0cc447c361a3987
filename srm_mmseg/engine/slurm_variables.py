"""What Slurm tells a process, in the variables by which PyTorch's processes meet."""

from __future__ import annotations

import os
import subprocess

from srm_mmseg.engine.config_file import BadConfigError

PORT = '29500'
"""Where processes meet unless ``MASTER_PORT`` says otherwise; MMEngine's."""


def set_torch_variables() -> None:
    """Set the rank, their number and the first machine's address, as ``torchrun`` does.

    ``MASTER_ADDR`` and ``MASTER_PORT`` are left as they are where they are set.

    Raises:
        BadConfigError: If Slurm does not tell the first machine's name.
    """
    own = os.environ
    own.setdefault('MASTER_PORT', PORT)
    if 'MASTER_ADDR' not in own:
        own['MASTER_ADDR'] = first_machine(own.get('SLURM_STEP_NODELIST', own['SLURM_NODELIST']))
    own['RANK'] = own['SLURM_PROCID']
    own['WORLD_SIZE'] = own['SLURM_NTASKS']
    own['LOCAL_RANK'] = own.get('SLURM_LOCALID', '0')
    own['GROUP_WORLD_SIZE'] = own.get('SLURM_STEP_NUM_NODES', '1')


def first_machine(machines: str) -> str:
    """Name the first of Slurm's machines, such as ``node1`` of ``node[1-4,7]``.

    Raises:
        BadConfigError: If ``scontrol``, which knows, cannot be run.
    """
    command = ('scontrol', 'show', 'hostnames', machines)
    try:
        names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        names = []
    if not names:
        raise BadConfigError(
            f'Expected `{" ".join(command)}` to name the machines of the job, but it cannot. Set '
            'MASTER_ADDR to the address of the first.'
        )
    return names[0]
