"""The flag that replaces settings of a config; importing it needs no toolbox."""

from __future__ import annotations

import argparse
from typing import Any


class Settings(argparse.Action):
    """Reads ``KEY=VALUE ...``, as the toolbox does; a single value keeps its spaces."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Add the settings to those of the flag before it."""
        settings = dict(getattr(namespace, self.dest, None) or {})
        for text in values:
            key, equals, value = text.partition('=')
            if not equals or not all(key.split('.')):
                parser.error(f'argument {option_string}: expected KEY=VALUE, but got {text!r}')
            try:
                settings[key] = _value(value)
            except AssertionError:
                parser.error(
                    f'argument {option_string}: expected as many opening as closing brackets, but '
                    f'got {text!r}'
                )
        setattr(namespace, self.dest, settings)


def _value(text: str) -> Any:
    """Read a value by the toolbox's rules."""
    from mmengine.config import DictAction

    is_single = ',' not in text and not text.startswith(('(', '[', '"', "'"))
    return (DictAction._parse_int_float_bool if is_single else DictAction._parse_iterable)(text)


def add_settings_argument(parser: argparse.ArgumentParser) -> None:
    """Add the toolbox's flag that replaces settings of a config."""
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=Settings,
        default={},
        metavar='KEY=VALUE',
        help='replace settings of the config, e.g. model.test_cfg.stage=0',
    )
