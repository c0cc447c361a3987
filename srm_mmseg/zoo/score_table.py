"""The models of the zoo and their scores as tables, for the command line and for documents."""

from __future__ import annotations

from prettytable import PrettyTable, TableStyle

from srm_mmseg.zoo.cards import Card, cards

SHOWN = ('maxF_pr', 'MAE', 'Sm')


def models_table() -> PrettyTable:
    """Lay out every model's size, place and the scores of its last stage, a row a data set."""
    table = PrettyTable(['model', 'parameters', 'MB', 'data set', *SHOWN, 'folder'], align='l')
    for card in cards().values():
        megabytes = (card.folder / card.entry['Weights']).stat().st_size / 1e6
        size = (f'{card.entry["Metadata"]["Parameters"]:,}', f'{megabytes:.1f}')
        for data_set, by_stage in card.scores.items():
            *_, last = by_stage.values()
            scores = (f'{last[name]:.3f}' for name in SHOWN)
            table.add_row([card.name, *size, data_set, *scores, card.folder])
    return table


def models_text() -> str:
    """Lay out the models for a terminal."""
    table = models_table()
    table.set_style(TableStyle.PLAIN_COLUMNS)
    return table.get_string()


def stages_table(card: Card) -> PrettyTable:
    """Lay out all measures of a model, a row a stage of a data set."""
    rows = [
        (data_set, stage, scores)
        for data_set, by_stage in card.scores.items()
        for stage, scores in by_stage.items()
    ]
    table = PrettyTable(['data set', 'stage', *rows[0][-1]], align='l')
    for data_set, stage, scores in rows:
        table.add_row([data_set, stage, *(f'{value:.3f}' for value in scores.values())])
    return table
