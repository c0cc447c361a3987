"""``benchmark.py infer --peers``: SRM against networks of the field, on several engines."""

from __future__ import annotations

import argparse
import copy
import gc
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from tqdm import tqdm

from srm_mmseg.cli.benchmarks.measure import in_turn, peak_above, summary
from srm_mmseg.cli.benchmarks.peers.edn_lite import EDN_LITE
from srm_mmseg.cli.benchmarks.peers.engines import ENGINES, Engine, Entry, Run, pytorch
from srm_mmseg.cli.benchmarks.peers.f3net import F3NET
from srm_mmseg.cli.benchmarks.peers.ours import SRM_LITE, SRM_PLAIN, SRM_R50
from srm_mmseg.cli.benchmarks.peers.peer import MEASURES, SETS, Peer
from srm_mmseg.cli.benchmarks.peers.toolbox import MOBILE_DEEPLAB, PSPNET
from srm_mmseg.cli.benchmarks.peers.u2net import U2NET, U2NETP
from srm_mmseg.cli.benchmarks.report import report
from srm_mmseg.engine.kept_memory import keep_freed_memory
from srm_mmseg.models.cost import gmac_of, parameters

PEERS: dict[str, Peer] = {
    'srm_plain': SRM_PLAIN,
    'srm_r50': SRM_R50,
    'srm_lite': SRM_LITE,
    'u2net': U2NET,
    'u2netp': U2NETP,
    'f3net': F3NET,
    'edn_lite': EDN_LITE,
    'mobile_deeplab': MOBILE_DEEPLAB,
    'pspnet': PSPNET,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the race's flags to those of ``infer``."""
    parser.add_argument(
        '--peers', action='store_true', help='race networks of the field on several engines instead'
    )
    parser.add_argument(
        '--networks', nargs='+', choices=PEERS, default=[*PEERS], help='of --peers; the first is 1'
    )


def run(args: argparse.Namespace) -> None:
    """Race the networks at each batch, and say where published numbers are from."""
    torch.set_num_threads(args.threads)
    keep_freed_memory()
    engines = [engine for engine in ENGINES if not engine.lacks]
    peers = [PEERS[name] for name in args.networks]
    rows = []
    for batch in args.batches:
        first = pytorch(entry(peers[0], batch, args.size), args.threads)
        for peer in tqdm(peers, f'batch {batch}', unit='network', leave=False):
            rows.append(race(peer, entry(peer, batch, args.size), first, engines, args))
            gc.collect()
    label = f'times as fast as {peers[0].name} in PyTorch, each by its fastest engine'
    report(rows, args, 'ratio', label)
    for engine in ENGINES:
        if engine.lacks:
            print(engine.lacks)
    print(f'{", ".join(SETS)}: published {" / ".join(MEASURES)}. Sources of what was published:')
    for peer in peers:
        if peer.source:
            print(f'  {peer.name}: {peer.source}')


def entry(peer: Peer, batch: int, size: int) -> Entry:
    """Build a network, and images for it."""
    return Entry(peer.make(), peer.lay_out(torch.randn(batch, 3, size, size)))


def race(
    peer: Peer, one: Entry, first: Run, engines: Sequence[Engine], args: argparse.Namespace
) -> dict:
    """Let engines take turns with one network, and networks follow each other.

    All networks on all engines take more memory than machines have. So the first network in PyTorch
    takes its turn with each of them, and the ratio is to it.

    Returns:
        The network's row.
    """
    with tempfile.TemporaryDirectory() as folder:
        if len(engines) > 1:
            one.write(Path(folder, 'network.onnx'))
        runs = [engine.prepare(one, args.threads) for engine in engines]
        base, *medians = (
            summary(each)['median_ms'] for each in in_turn((first, *runs), args.repeats)
        )
    ms = dict(zip((engine.column for engine in engines), medians, strict=True))
    peak = peak_above(pytorch(one, args.threads))
    return row(peer, one, ms, base / min(medians), peak)


def row(peer: Peer, entry: Entry, ms: Mapping[str, float], ratio: float, peak: float) -> dict:
    """Put a network's numbers in a row; GMAC is of one image, GiB what a pass in PyTorch needs."""
    batch, _, size, _ = entry.images.shape
    return {
        'network': peer.name,
        'batch': batch,
        'GMAC': gmac_of(copy.deepcopy(entry.model).to('meta'), size),
        'Mparameters': parameters(entry.model),
        **ms,
        'ratio': ratio,
        'peak_GiB': peak,
        'published_size': peer.size,
        'published_Mparameters': peer.published or '-',
        **{name: peer.scores_on(name) for name in SETS},
    }
