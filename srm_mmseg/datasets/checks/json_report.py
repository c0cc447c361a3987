"""Report for a program."""

from __future__ import annotations

import json
from collections.abc import Sequence

from srm_mmseg.datasets.checks.finding import Finding
from srm_mmseg.datasets.checks.set_check import SetReport


def json_report(reports: Sequence[SetReport], findings: Sequence[Finding]) -> str:
    """Write out all faults and notes, and the number of pairs."""
    rows: dict[str, list[dict]] = {'faults': [], 'notes': []}
    for finding in findings:
        row = dict(file=finding.file, fault=finding.kind, detail=finding.detail)
        rows['faults' if finding.is_fault else 'notes'].append(row)
    pairs = sum(len(report.checks) for report in reports)
    return json.dumps({**rows, 'pairs': pairs}, indent=2) + '\n'
