import io
import sys

import pytest

from srm_mmseg.terminal import counted, print_any_text, printable


@pytest.mark.parametrize('encoding', ['utf-8', 'ascii'])
def test_any_name_can_be_printed(monkeypatch, encoding):
    file = io.BytesIO()
    monkeypatch.setattr('sys.stdout', io.TextIOWrapper(file, encoding, errors='strict'))
    print_any_text()
    print('caf\udce9', '字')
    sys.stdout.flush()
    shown = '字' if encoding == 'utf-8' else r'\u5b57'
    assert file.getvalue().decode() == f'caf\\udce9 {shown}\n'


def test_streams_that_are_no_files(monkeypatch):
    monkeypatch.setattr('sys.stdout', object())
    print_any_text()


def test_what_a_terminal_would_obey_is_escaped():
    assert printable('\x1b[31mred\x1b[0m\n\r\t') == r'\x1b[31mred\x1b[0m\n\r\t'
    assert printable('gpj.\u202eexe') == r'gpj.\u202eexe'
    assert printable('a\u2028b\x9bc\udce9') == r'a\u2028b\x9bc\udce9'
    assert printable('a\x00\u200b\ue000') == r'a\x00\u200b\ue000'
    for name in ('photo 1.jpg', 'Größe 字\u3000é 👩\u200d👧.png', '\u05d0\u05d1', r'a\b'):
        assert printable(name) == name


def test_one_of_a_thing_is_no_plural():
    assert [counted(count, 'input') for count in (0, 1, 2)] == ['0 inputs', '1 input', '2 inputs']
    assert counted(3, 'mask is', 'masks are') == '3 masks are'
