"""SRM in the race: the paper's graph, what the configs build, and the light one."""

from __future__ import annotations

from typing import Any

from srm_mmseg.cli.benchmarks.networks import plain_srm, srm, srm_lite
from srm_mmseg.cli.benchmarks.peers.peer import FinalMap, Peer

RELEASE: dict[str, Any] = dict(
    scores={'ECSSD': {'maxF': 0.917, 'MAE': 0.054, 'Sm': 0.895}},
    source="docs/zoo.md, of the maps that the paper's authors published; maxF is maxF_pr",
)
SRM_PLAIN = Peer(
    name='SRM-R50, plain graph',
    build=lambda: FinalMap(plain_srm()),
    size=353,
    channels_last=False,
    **RELEASE,
)
SRM_R50 = Peer(name='SRM-R50', build=lambda: FinalMap(srm()), size=353, **RELEASE)
SRM_LITE = Peer(
    name='SRM-Lite',
    build=lambda: FinalMap(srm_lite()),
    size=353,
    scores={'ECSSD': {'maxF': 0.923, 'MAE': 0.041, 'Sm': 0.908}},
    source="docs/zoo.md, on the 200 photographs of ECSSD's val.txt alone; maxF is maxF_pr",
)
