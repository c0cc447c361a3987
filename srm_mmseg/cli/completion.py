"""Write a script that lets a shell complete commands, flags and configs.

bash:  srm-mmseg completion bash > ~/.local/share/bash-completion/completions/srm-mmseg
zsh:   srm-mmseg completion zsh > ~/.srm-mmseg.zsh; echo source ~/.srm-mmseg.zsh >> ~/.zshrc
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from contextlib import redirect_stdout, suppress
from importlib import import_module

from srm_mmseg.cli.main import COMMANDS
from srm_mmseg.config_names import config_names

SCRIPT = """{start}_srm_mmseg() {{
    local words
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="{commands}"
    else
        case "${{COMP_WORDS[1]}}" in
{cases}
        esac
        case "${{COMP_WORDS[COMP_CWORD]}}" in
            -*) ;;
            *) words="{configs}" ;;
        esac
    fi
    COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _srm_mmseg srm-mmseg
"""
STARTS = {'bash': '', 'zsh': 'autoload -Uz compinit bashcompinit\ncompinit\nbashcompinit\n'}


def flags_of(command: str) -> list[str]:
    """Read the flags of a command off its help; none where it cannot be imported."""
    help_text = io.StringIO()
    sys.argv = [f'srm-mmseg {command}', '--help']
    with suppress(ImportError, SystemExit), redirect_stdout(help_text):
        import_module(f'srm_mmseg.cli.{command.replace("-", "_")}').main()
    found = re.findall(r'^ +(?:-\w, )?(--[a-z][\w-]*)', help_text.getvalue(), re.MULTILINE)
    return list(dict.fromkeys(found))


def script(shell: str) -> str:
    """Write the script; it holds all flags, so that a shell need not start Python."""
    cases = (f'            {name}) words="{" ".join(flags_of(name))}" ;;' for name in COMMANDS)
    return SCRIPT.format(
        start=STARTS[shell],
        commands=' '.join(COMMANDS),
        cases='\n'.join(cases),
        configs=' '.join(config_names()),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('shell', choices=STARTS)
    shell = parser.parse_args().shell
    print(script(shell), end='')
