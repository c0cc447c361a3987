"""Report for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from srm_mmseg.datasets.checks.finding import FAULTS, NOTES, Finding
from srm_mmseg.datasets.checks.set_check import SetReport
from srm_mmseg.datasets.checks.statistics import describe, summary
from srm_mmseg.terminal import counted, printable

SHOWN = 20  # findings of a kind


def text_report(reports: Sequence[SetReport], findings: Sequence[Finding]) -> str:
    """Word the sets' numbers, then the faults and the notes by kind."""
    lines = []
    for report in reports:
        folders = report.folders
        lines += [
            f'{folders.name}: {counted(len(report.checks), "pair")}',
            f'  images  {folders.images}',
        ]
        lines += [f'  masks   {folders.masks}']
        lines += [f'  list    {folders.ann_file}'] if folders.ann_file else []
        statistics = describe(report.checks)
        if statistics:
            lines += [f'  {name}: {value}' for name, value in summary(statistics).items()]
    for title, kinds in (('fault', FAULTS), ('note', NOTES)):
        ours = [finding for finding in findings if finding.kind in kinds]
        lines += ['', counted(len(ours), title)]
        for kind, group in by_kind(ours):
            lines.append(f'  {kind} ({len(group)}): {kinds[kind]}')
            lines += [f'    {finding.file}: {finding.detail}' for finding in group[:SHOWN]]
            if len(group) > SHOWN:
                lines.append(f'    ... and {len(group) - SHOWN} more (--json has all)')
    return '\n'.join(map(printable, lines))


def by_kind(findings: Sequence[Finding]) -> list[tuple[str, list[Finding]]]:
    """Group findings, in the order in which the kinds are defined."""
    order = {kind: rank for rank, kind in enumerate([*FAULTS, *NOTES])}
    ranked = sorted(findings, key=lambda finding: (order[finding.kind], finding.file))
    return [(kind, list(group)) for kind, group in groupby(ranked, lambda finding: finding.kind)]
