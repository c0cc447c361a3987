"""Report as a single HTML file, with small pictures of the offenders."""

from __future__ import annotations

import base64
import os.path as osp
from collections.abc import Sequence
from html import escape

import cv2
import numpy as np

from srm_mmseg.datasets.checks.finding import FAULTS, NOTES, Finding
from srm_mmseg.datasets.checks.pair_check import Pair
from srm_mmseg.datasets.checks.set_check import SetReport
from srm_mmseg.datasets.checks.statistics import Statistics, describe, summary
from srm_mmseg.datasets.checks.text_report import by_kind
from srm_mmseg.datasets.image_file import read_photograph
from srm_mmseg.terminal import counted

PICTURE_SIDE = 112  # pixels, the longer side
PICTURED = 24  # findings of a kind that get pictures
MEAN_MASK_SIDE = 224
SHARE_BINS = 20

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Data set check</title><style>
body {{ font: 14px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 70em; color: #222 }}
h2 {{ border-bottom: 1px solid #ccc }} h3 {{ margin-bottom: 0 }}
.sets {{ display: flex; flex-wrap: wrap; gap: 2em }} figure {{ margin: 0 }} dl {{ margin: 0 }}
dt {{ font-weight: 600 }} dd {{ margin: 0 0 .3em 1em }}
table {{ border-collapse: collapse; width: 100% }}
td {{ border-top: 1px solid #eee; padding: 4px 8px; vertical-align: top; overflow-wrap: anywhere }}
td.pictures {{ white-space: nowrap; width: 1% }}
td.pictures img {{ margin-right: 4px; border: 1px solid #ccc }} svg {{ border-bottom: 1px solid #222 }}
.fault {{ color: #b00020 }} .note {{ color: #7a5c00 }} nav a {{ margin-right: 1em; color: inherit }}
</style></head><body>
<h1>Data set check</h1>
<p>{pairs}, <span class="fault">{faults}</span>, <span class="note">{notes}</span>.
A fault makes training or scores wrong; a note is worth knowing.</p>
<nav>{links}</nav>
{sets}
{sections}
</body></html>
"""


def html_report(reports: Sequence[SetReport], findings: Sequence[Finding]) -> str:
    """Lay out the sets' numbers and mean masks, then the faults and the notes by kind."""
    pairs = [check.pair for report in reports for check in report.checks]
    pair_of = {path: pair for pair in pairs for path in (pair.image_path, pair.mask_path)}
    links, sections = [], []
    for title, kinds in (('fault', FAULTS), ('note', NOTES)):
        groups = by_kind([finding for finding in findings if finding.kind in kinds])
        for kind, group in groups:
            rows = ''.join(
                _row(finding, _pictures(finding, pair_of) if index < PICTURED else '')
                for index, finding in enumerate(group)
            )
            links.append(f'<a class="{title}" href="#{kind}">{kind} ({len(group)})</a>')
            sections.append(
                f'<h3 id="{kind}" class="{title}">{title}: {kind} ({len(group)})</h3>'
                f'<p>{escape(kinds[kind])}</p><table>{rows}</table>'
            )
    faults = sum(finding.is_fault for finding in findings)
    return PAGE.format(
        pairs=counted(len(pairs), 'pair'),
        faults=counted(faults, 'fault'),
        notes=counted(len(findings) - faults, 'note'),
        links='\n'.join(links),
        sets=''.join(map(_set_section, reports)),
        sections='\n'.join(sections),
    )


def _set_section(report: SetReport) -> str:
    """Lay out the numbers, the histogram of shares and the mean mask of a data set."""
    folders = report.folders
    places = ' and '.join(filter(None, (folders.images, folders.masks, folders.ann_file)))
    head = f'<h2>{escape(folders.name)}: {counted(len(report.checks), "pair")}</h2><p>{escape(places)}</p>'
    statistics = describe(report.checks)
    if statistics is None:
        return head
    rows = ''.join(
        f'<dt>{escape(name)}</dt><dd>{escape(value)}</dd>'
        for name, value in summary(statistics).items()
    )
    mean = cv2.resize(
        np.rint(statistics.mean_mask * 255).astype(np.uint8), (MEAN_MASK_SIDE, MEAN_MASK_SIDE)
    )
    return (
        f'{head}<div class="sets"><dl>{rows}</dl>'
        f'<figure>{_data_uri(mean)}<figcaption>mean mask</figcaption></figure>'
        f'<figure>{_histogram(statistics)}<figcaption>masks by foreground share, 0 to 1</figcaption></figure></div>'
    )


def _histogram(statistics: Statistics) -> str:
    """Draw how many masks have which foreground share, 0 to 1, as SVG."""
    counts = np.histogram(statistics.shares, bins=SHARE_BINS, range=(0, 1))[0]
    width, heights = MEAN_MASK_SIDE / SHARE_BINS, counts / counts.max() * MEAN_MASK_SIDE
    bars = ''.join(
        f'<rect x="{index * width:.1f}" y="{MEAN_MASK_SIDE - height:.1f}" width="{width - 1:.1f}" '
        f'height="{height:.1f}"><title>{index / SHARE_BINS:.2f} to {(index + 1) / SHARE_BINS:.2f}: '
        f'{counted(count, "mask")}</title></rect>'
        for index, (count, height) in enumerate(zip(counts, heights))
    )
    side = MEAN_MASK_SIDE
    return f'<svg width="{side}" height="{side}" fill="#36648b">{bars}</svg>'


def _row(finding: Finding, pictures: str) -> str:
    """Lay out a finding."""
    text = f'<b>{escape(finding.file)}</b><br>{escape(finding.detail)}'
    return f'<tr><td class="pictures">{pictures}</td><td>{text}</td></tr>'


def _pictures(finding: Finding, pair_of: dict[str, Pair]) -> str:
    """Show the files of a finding and of its pair, as far as they decode."""
    paths: list[str] = []
    for file in filter(None, (finding.file, finding.other)):
        pair = pair_of.get(file)
        paths += (pair.image_path, pair.mask_path) if pair else (file,)
    return ''.join(map(_picture, dict.fromkeys(paths)))


def _picture(path: str) -> str:
    """Embed a file as a small picture; '' if it does not decode."""
    if not osp.isfile(path):
        return ''
    try:
        rgb = read_photograph(path)
    except (OSError, SyntaxError, ValueError):
        return ''
    scale = PICTURE_SIDE / max(rgb.shape[:2])
    size = [max(1, round(side * scale)) for side in rgb.shape[1::-1]]
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return _data_uri(cv2.cvtColor(small, cv2.COLOR_RGB2BGR), escape(path), '.jpg')


def _data_uri(pixels: np.ndarray, title: str = '', suffix: str = '.png') -> str:
    """Embed pixels, grey or BGR, in an ``img`` element."""
    data = base64.b64encode(cv2.imencode(suffix, pixels)[1].tobytes()).decode()
    kind = 'jpeg' if suffix == '.jpg' else 'png'
    return f'<img title="{title}" alt="" src="data:image/{kind};base64,{data}">'
