"""The command ``srm-mmseg``."""

import subprocess
import sys
import time

import pytest
from helpers import REPO, TOOLBOX, refusing, run

from srm_mmseg import __version__
from srm_mmseg.cli.completion import script
from srm_mmseg.cli.main import COMMANDS, main
from srm_mmseg.config_names import config_names


def call(monkeypatch, capsys, *arguments):
    """Run the command in this process; its exit code, or text, and what it printed."""
    monkeypatch.setattr(sys, 'argv', ['srm-mmseg', *arguments])
    code = 0
    try:
        main()
    except SystemExit as end:
        code = end.code
    return code, capsys.readouterr()


def test_every_tool_is_a_command():
    names = {path.stem.replace('_', '-') for path in (REPO / 'tools').glob('*.py')}
    assert COMMANDS.keys() - names == {'models', 'config', 'completion'}
    assert names <= COMMANDS.keys() and len(names) == 17


def test_help_is_light_and_soon():
    code = refusing('torch', 'numpy', 'cv2', 'mmengine', 'PIL', 'matplotlib')
    code += 'sys.argv[1:] = ["--help"]\nfrom srm_mmseg.cli.main import main\nmain()'
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        done = run('python', '-c', code)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.3
    assert all(f'  {name} ' in done.stdout for name in COMMANDS)


def test_version(monkeypatch, capsys):
    code, printed = call(monkeypatch, capsys, '--version')
    assert not code and printed.out == f'srm-mmseg {__version__}\n'


def test_an_unknown_command_names_the_one_like_it(monkeypatch, capsys):
    code, printed = call(monkeypatch, capsys, 'evalmaps')
    assert code == 2 and "but got 'evalmaps'. Did you mean eval-maps?" in printed.err
    code, printed = call(monkeypatch, capsys, 'xyz')
    assert code == 2 and 'srm-mmseg --help lists them' in printed.err
    for arguments in ((), ('--verion',)):
        code, printed = call(monkeypatch, capsys, *arguments)
        assert code == 2 and f'expected a command, but got {"".join(arguments)!r}' in printed.err


@pytest.mark.parametrize('name', COMMANDS)
def test_a_command_has_help_under_its_name(name, monkeypatch, capsys):
    code, printed = call(monkeypatch, capsys, name, '--help')
    assert not code and f'usage: srm-mmseg {name} ' in printed.out


def test_exit_codes_are_the_commands(tmp_path):
    command = ('python', '-m', 'srm_mmseg', 'make-toy-dataset')
    assert run(*command, tmp_path / 'toy', '--train', 1, '--test', 1).returncode == 0
    done = run(*command, tmp_path / 'toy', '--train', 0, '--test', 0, check=False)
    assert done.returncode == 1 and done.stderr.splitlines()[-1].startswith('error: Expected')
    assert run(*command, check=False).returncode == 2


@pytest.mark.parametrize('name', ['train', 'browse-dataset', 'score-priors'])
def test_what_to_install_is_said_in_one_error(name):
    code = refusing(*TOOLBOX)
    code += (
        f'sys.argv[1:] = [{name!r}, "srm_r18_demo"]\nfrom srm_mmseg.cli.main import main\nmain()'
    )
    done = run('python', '-c', code, check=False)
    assert done.returncode == 1 and done.stderr.startswith('error: srm_mmseg needs MMSegmentation')
    assert "pip install 'srm-mmseg[onedl]'" in done.stderr and 'Traceback' not in done.stderr


def test_models_lists_those_of_the_box_and_the_configs(monkeypatch, capsys):
    code, printed = call(monkeypatch, capsys, 'models')
    models, configs = printed.out.split('\n\n')
    assert not code and [line.split()[0] for line in configs.splitlines()] == config_names()
    assert [line.split()[0] for line in models.splitlines()] == ['model', *['srm_lite0'] * 3]


def test_config_writes_a_file_once_and_tells_the_path(monkeypatch, capsys, tmp_path):
    out = tmp_path / 'mine.py'
    assert call(monkeypatch, capsys, 'config', 'srm_r18_demo', '--out', str(out))[0] == 0
    assert out.read_text().startswith('# A small SRM')
    code, _ = call(monkeypatch, capsys, 'config', 'srm_r18_demo', '--out', str(out))
    assert str(out) in code and 'exists. Name another, or remove it first' in code
    _, printed = call(monkeypatch, capsys, 'config', 'srm_r18_demo', '--path')
    assert printed.out.strip() == str(REPO / 'configs/srm_r18_demo.py')
    assert 'Did you mean srm_r18_demo' in call(monkeypatch, capsys, 'config', 'srm_r18_dmeo')[0]


def test_a_printed_config_is_the_text_alone():
    done = run('python', '-m', 'srm_mmseg', 'config', 'srm_r18_demo')
    assert done.stdout.startswith('# A small SRM') and not done.stderr
    compile(done.stdout, 'config', 'exec')


@pytest.fixture(scope='module')
def bash_script(tmp_path_factory):
    path = tmp_path_factory.mktemp('completion') / 'srm-mmseg'
    argv = sys.argv
    path.write_text(script('bash'))
    sys.argv = argv
    return path


@pytest.mark.parametrize(
    ('words', 'expected'),
    [
        (['ev'], 'eval-maps'),
        (['train', 'srm_r18_e'], 'srm_r18_ecssd'),
        (['train', '--work'], '--work-dir'),
        (['eval-maps', '--gt-s'], '--gt-suffix'),
        (['gone', '--x'], ''),
    ],
)
def test_bash_completes_commands_flags_and_configs(words, expected, bash_script):
    typed = ' '.join(['srm-mmseg', *words])
    code = f'. {bash_script}; COMP_WORDS=({typed}); COMP_CWORD={len(words)}; _srm_mmseg; '
    done = subprocess.run(
        ['bash', '-c', code + 'echo "${COMPREPLY[@]}"'], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == expected


def test_completion_for_zsh_starts_zsh_own(bash_script):
    assert script('zsh').endswith(bash_script.read_text()) and script('zsh').startswith('autoload')


def test_a_reader_that_has_enough_is_no_error():
    done = run('bash', '-c', 'python -m srm_mmseg models | true; echo ${PIPESTATUS[0]}')
    assert done.stdout.strip() in ('0', '1') and done.stderr == ''
