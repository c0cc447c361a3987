"""The models of the zoo as a table, for the command line and for documents."""

from __future__ import annotations

from prettytable import PrettyTable, TableStyle

from srm_mmseg.zoo.cards import cards

SHOWN = ('maxF_pr', 'MAE', 'Sm')


def models_table(style: TableStyle = TableStyle.PLAIN_COLUMNS) -> str:
    """Lay out every model's size, place and the scores of its last stage, a row a data set."""
    table = PrettyTable(['model', 'parameters', 'MB', 'data set', *SHOWN, 'folder'])
    table.set_style(style)
    table.align = 'l'
    for card in cards().values():
        megabytes = (card.folder / card.entry['Weights']).stat().st_size / 1e6
        size = (f'{card.entry["Metadata"]["Parameters"]:,}', f'{megabytes:.1f}')
        for data_set, by_stage in card.scores.items():
            *_, last = by_stage.values()
            scores = (f'{last[name]:.3f}' for name in SHOWN)
            table.add_row([card.name, *size, data_set, *scores, card.folder])
    return table.get_string()
