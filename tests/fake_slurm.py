"""``srun`` and ``scontrol`` of one machine, as far as the tools use them."""

from pathlib import Path

SRUN = r"""#!/usr/bin/env bash
printf '%s\n' "$@" > "$(dirname "$0")/asked"
while [[ $1 == -* ]]; do
    case $1 in --ntasks=*) export SLURM_NTASKS=${1#*=} ;; --kill-on-bad-exit=*) kills=${1#*=} ;; esac
    shift
done
export SLURM_NODELIST='node[7-7]' SLURM_STEP_NODELIST='node[7-7]' SLURM_STEP_NUM_NODES=1
for ((task = 0; task < SLURM_NTASKS; task++)); do
    SLURM_PROCID=$task SLURM_LOCALID=$task "$@" &
done
for ((task = 0; task < SLURM_NTASKS; task++)); do
    wait -n || { code=$?; [ "$kills" = 1 ] && kill $(jobs -p); }
done
exit ${code:-0}
"""
SCONTROL = """#!/usr/bin/env bash
[ "$*" = 'show hostnames node[7-7]' ] && echo localhost
"""


def write_commands(folder: Path) -> Path:
    """Write both to a folder; what ``srun`` was last asked is then in its file ``asked``."""
    for name, text in (('srun', SRUN), ('scontrol', SCONTROL)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder
