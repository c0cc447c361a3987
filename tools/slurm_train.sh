#!/usr/bin/env bash
# Train in a Slurm job: [GPUS=8] bash tools/slurm_train.sh PARTITION JOB_NAME CONFIG [WORK_DIR] [flags of train.py]
# GPUS is the number of processes, GPUS_PER_NODE that of a machine. GRES= asks for no GPU.
set -euo pipefail
[ $# -ge 3 ] || { echo "usage: $0 PARTITION JOB_NAME CONFIG [WORK_DIR] [flags of train.py]" >&2; exit 2; }

PARTITION=$1 JOB_NAME=$2 CONFIG=$3
shift 3
if [ $# -gt 0 ] && [[ $1 != -* ]]; then
    set -- --work-dir "$@"
fi
GPUS=${GPUS:-8}
GPUS_PER_NODE=${GPUS_PER_NODE:-$((GPUS < 8 ? GPUS : 8))}
GRES=${GRES-gpu:$GPUS_PER_NODE}

# shellcheck disable=SC2086  # SRUN_ARGS are several words
srun --partition="$PARTITION" --job-name="$JOB_NAME" ${GRES:+--gres="$GRES"} \
    --ntasks="$GPUS" --ntasks-per-node="$GPUS_PER_NODE" --cpus-per-task="${CPUS_PER_TASK:-5}" \
    --kill-on-bad-exit=1 ${SRUN_ARGS:-} \
    python -u "$(dirname "$0")/train.py" "$CONFIG" --launcher slurm "$@"
