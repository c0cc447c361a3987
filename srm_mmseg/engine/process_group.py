"""The process group of a distributed run."""

from __future__ import annotations

import argparse
import atexit
import fcntl
import ipaddress
import os
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from mmengine.config import Config
from torch.distributed.rendezvous import rendezvous

from srm_mmseg.engine.arguments import MINUTES
from srm_mmseg.engine.config_file import BadConfigError
from srm_mmseg.engine.life_lines import ended_ranks_told
from srm_mmseg.engine.lost_ranks import lost_ranks_named
from srm_mmseg.engine.slurm_variables import set_torch_variables

SET_BY = {
    'pytorch': (('RANK', 'WORLD_SIZE', 'MASTER_ADDR', 'MASTER_PORT'), 'torchrun'),
    'slurm': (('SLURM_PROCID', 'SLURM_NTASKS', 'SLURM_NODELIST'), 'srun'),
    'mpi': (('OMPI_COMM_WORLD_LOCAL_RANK', 'OMPI_COMM_WORLD_SIZE', 'MASTER_ADDR'), 'mpirun'),
}
"""The variables of each launcher, and the command that sets them."""

STARTS = {
    'torchrun': 'torchrun --nproc_per_node=N -m srm_mmseg train CONFIG --launcher pytorch (test '
    'likewise; in a clone tools/dist_train.sh and dist_test.sh do it)'
}
"""How a run is started by a command that takes more than its name before the run's own."""


@contextmanager
def process_group(config: Config, args: argparse.Namespace) -> Iterator[None]:
    """Set the launcher, and hold a gloo process group while ``torchrun`` or Slurm runs without a GPU.

    MMEngine's own start-up selects a GPU first. It leaves alone a group that exists, and DDP takes
    CPU models when no device ids are given. With a GPU or another launcher it starts the group.

    Raises:
        BadConfigError: If the launcher has not started this process, or there are fewer GPUs than
            processes.
        LostRankError: If another process does not answer in time.
    """
    config.launcher = args.launcher
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    refuse_absent_launcher(args.launcher)
    timeout = set_timeout(config, args.timeout)
    if not holds_gloo(args.launcher):
        if args.launcher == 'pytorch':
            refuse_absent_gpu(int(os.environ['LOCAL_RANK']))
        yield
        return
    config.setdefault(
        'model_wrapper_cfg',
        dict(
            type='MMDistributedDataParallel',
            device_ids=None,
            broadcast_buffers=False,
            find_unused_parameters=config.get('find_unused_parameters', False),
        ),
    )
    if args.launcher == 'slurm':
        set_torch_variables()
    choose_interface()
    store, rank, world_size = next(rendezvous('env://', timeout=timeout))
    # A store that outlives a restart still holds the addresses of the start before.
    store = dist.PrefixStore(f'start_{restarts(rank)}', store)
    names = dist.PrefixStore('srm_mmseg', store)
    with lost_ranks_named(names, rank, world_size, timeout):
        dist.init_process_group(
            'gloo', store=store, rank=rank, world_size=world_size, timeout=timeout
        )
        first = os.environ['MASTER_ADDR']
        address = address_towards(first) or first
        try:
            with ended_ranks_told(names, rank, world_size, address, timeout):
                yield
                dist.barrier()  # leave together: the first may be drawing curves still
        finally:
            dist.destroy_process_group()


def restarts(rank: int) -> int:
    """Count how often ``torchrun`` has started all processes again; the first of them says so."""
    count = int(os.environ.get('TORCHELASTIC_RESTART_COUNT', 0))
    if count and rank == 0:
        most = os.environ.get('TORCHELASTIC_MAX_RESTARTS')
        print(
            f'A process has ended before its time: this is restart {count} of {most}.', flush=True
        )
    return count


def holds_gloo(launcher: str) -> bool:
    """Whether :func:`process_group` holds a gloo process group in a run of this launcher."""
    return launcher in ('pytorch', 'slurm') and not torch.cuda.is_available()


def leave(launcher: str) -> None:
    """End a process whose work in a gloo process group is done, without the interpreter's own end.

    A thread of gloo may still hold tensors of the last collective. To drop them it needs the
    interpreter's lock, and a thread that asks for the lock of an interpreter that ends aborts the
    process: on busy cores (PyTorch 2.13) a run that is complete would fail.

    Args:
        launcher: What started the process; without gloo nothing is done.
    """
    if holds_gloo(launcher):
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def refuse_absent_launcher(launcher: str) -> None:
    """Refuse a launcher that has not started this process: its variables are not set."""
    variables, command = SET_BY.get(launcher, ((), ''))
    missing = [name for name in variables if name not in os.environ]
    if missing:
        raise BadConfigError(
            f'Expected --launcher {launcher} to come with the variables that {command} sets, but '
            f'{", ".join(missing)} is not set. Start the run with {STARTS.get(command, command)}, or leave out '
            '--launcher.'
        )


def refuse_absent_gpu(local_rank: int) -> None:
    """Refuse more processes on a machine than it has GPUs."""
    count = torch.cuda.device_count()
    if local_rank >= count:
        raise BadConfigError(
            f'Expected a GPU for each process, but this machine has {count} and process '
            f'{local_rank + 1} has none. Start {count} processes on it, or hide the GPUs '
            '(CUDA_VISIBLE_DEVICES=) to run on its cores.'
        )


def set_timeout(config: Config, minutes: float | None) -> timedelta:
    """Put the time-out where MMEngine reads it too: the flag's, else the config's, else ``MINUTES``."""
    settings = config.setdefault('env_cfg', {}).setdefault('dist_cfg', {})
    if minutes is not None:
        settings['timeout'] = 60 * minutes
    return timedelta(seconds=settings.setdefault('timeout', 60 * MINUTES))


def choose_interface() -> None:
    """Name the network interface towards rank 0's machine to gloo.

    On its own gloo takes the one of the host's name, on many machines the loopback.

    Raises:
        BadConfigError: If that of a run on several machines is the loopback.
    """
    if 'GLOO_SOCKET_IFNAME' in os.environ:
        return
    address = address_towards(os.environ['MASTER_ADDR'])
    if address is None or ipaddress.ip_address(address).is_loopback:
        if address and int(os.environ.get('GROUP_WORLD_SIZE', 1)) > 1:
            raise BadConfigError(
                'Expected MASTER_ADDR to be an address of the first machine that the others reach, '
                f'but {os.environ["MASTER_ADDR"]!r} is {address}, this machine alone. Set '
                'MASTER_ADDR to its address in the network, or GLOO_SOCKET_IFNAME to the interface.'
            )
        return
    for _, name in socket.if_nameindex():
        if address_of(name) == address:
            os.environ['GLOO_SOCKET_IFNAME'] = name


def address_towards(host: str) -> str | None:
    """Find this machine's IPv4 address on the way to another; None if there is no way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, 9))  # sends nothing
            return probe.getsockname()[0]
        except OSError:
            return None


def address_of(interface: str) -> str | None:
    """Read the IPv4 address of a network interface, if it has one."""
    get_address = 0x8915  # SIOCGIFADDR
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            answer = fcntl.ioctl(probe, get_address, struct.pack('256s', interface.encode()[:15]))
        except OSError:
            return None
    return socket.inet_ntoa(answer[20:24])
