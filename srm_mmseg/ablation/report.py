"""The runs of an ablation as a page: a table, a picture, each stage, and what becomes of the claims."""

from __future__ import annotations

from collections.abc import Sequence

from prettytable import PrettyTable, TableStyle

from srm_mmseg.ablation.rows import CLAIMS, Claim
from srm_mmseg.ablation.runs import SHOWN, Run, Spread, differences, of_row, spread_of
from srm_mmseg.evaluation.measures import RECORDS

MINUS = str.maketrans('-', '−')


def page(runs: Sequence[Run], titles: dict[str, str], intro: str, picture: str) -> str:
    """Lay out all of it as Markdown.

    Args:
        runs: All runs; there is at least one of each row.
        titles: What each row changes, by its name; the first is what the others are compared with.
        intro: What was trained and how.
        picture: The chart, by its path from the page.
    """
    base = next(iter(titles))
    parts = [
        '# Ablation',
        intro,
        'Numbers are mean ± standard deviation over seeds (one seed has none), of the last stage unless a '
        'stage is named.',
        '## Rows',
        markdown(rows_table(runs, titles)),
        f'![scores of every row]({picture})',
        f'## Differences from `{base}`',
        'Seed by seed.',
        markdown(differences_table(runs, titles)),
        '## Stages',
        markdown(stages_table(runs, titles)),
        *claims_part(runs),
        '## Best',
        best_rows(runs, titles),
    ]
    return '\n\n'.join(parts) + '\n'


def markdown(table: PrettyTable) -> str:
    """Write a table as Markdown."""
    table.set_style(TableStyle.MARKDOWN)
    return table.get_string()


def rows_table(runs: Sequence[Run], titles: dict[str, str]) -> PrettyTable:
    """Lay out each row's cost and scores."""
    table = PrettyTable(['row', 'what it is', 'seeds', 'GMAC', 'M parameters', *SHOWN], align='l')
    for row, title in titles.items():
        run, *others = of_row(runs, row)
        scores = (spread_of(runs, row, measure) for measure in SHOWN)
        cost = (f'{run.gmac:.2f}', f'{run.parameters:.2f}')
        table.add_row([f'`{row}`', title, 1 + len(others), *cost, *scores])
    return table


def differences_table(runs: Sequence[Run], titles: dict[str, str]) -> PrettyTable:
    """Lay out what each row changes of the first one's scores."""
    table = PrettyTable(['row', *SHOWN], align='l')
    base, *others = titles
    for row in others:
        one, other = ((name, of_row(runs, name)[0].last_stage) for name in (row, base))
        table.add_row([f'`{row}`', *(difference(runs, one, other, each) for each in SHOWN)])
    return table


def difference(
    runs: Sequence[Run], one: tuple[str, str], other: tuple[str, str], measure: str
) -> str:
    """Write two maps' difference; '-' if no seed has both."""
    found = differences(runs, one, other, measure)
    return Spread(found).text().translate(MINUS) if found else '-'


def stages_table(runs: Sequence[Run], titles: dict[str, str]) -> PrettyTable:
    """Lay out the scores of each row's stages."""
    table = PrettyTable(['row', 'stage', *SHOWN], align='l')
    for row in titles:
        for stage in of_row(runs, row)[0].scores:
            scores = (spread_of(runs, row, measure, stage) for measure in SHOWN)
            table.add_row([f'`{row}`', stage, *scores])
    return table


def claims_part(runs: Sequence[Run]) -> list[str]:
    """Lay out the claims whose rows were run, if there are some."""
    rows = {run.row for run in runs}
    claims = [claim for claim in CLAIMS if {claim.better[0], claim.worse[0]} <= rows]
    if not claims:
        return []
    table = PrettyTable(['claim', *SHOWN, 'seeds', 'holds'], align='l')
    for claim in claims:
        cells = (difference(runs, claim.better, claim.worse, measure) for measure in SHOWN)
        seeds = len(differences(runs, claim.better, claim.worse, SHOWN[0]))
        table.add_row([claim.text, *cells, seeds, verdict(runs, claim)])
    return [
        '## What the paper claims',
        'Section 4.3 of the paper: stages help, and so does pyramid pooling. The difference of the two '
        'maps; *yes* where all seeds agree on the better one in all four measures, *no* where all '
        'agree on the other, else the measures that all seeds agree on. One seed tells nothing.',
        markdown(table),
    ]


def verdict(runs: Sequence[Run], claim: Claim) -> str:
    """Tell whether the seeds agree with a claim."""
    gains: dict[str, list[float]] = {}
    for measure in SHOWN:
        sign = 1 if RECORDS[measure].higher_is_better else -1
        found = differences(runs, claim.better, claim.worse, measure)
        gains[measure] = [sign * value for value in found]
    if min(map(len, gains.values())) < 2:
        return '-'
    agreed = [measure for measure, values in gains.items() if min(values) > 0]
    if len(agreed) == len(gains):
        return 'yes'
    if all(max(values) < 0 for values in gains.values()):
        return 'no'
    return f'in {", ".join(agreed)}' if agreed else 'not told apart'


def best_rows(runs: Sequence[Run], titles: dict[str, str]) -> str:
    """Name the best row of each measure."""
    lines = []
    for measure in SHOWN:
        means = {row: spread_of(runs, row, measure).mean for row in titles}
        best = RECORDS[measure].best(means, key=means.__getitem__)
        lines.append(f'- {measure}: `{best}`, {means[best]:.3f}')
    return '\n'.join(lines)
