#!/usr/bin/env bash
# Train on N GPUs, or without a GPU in N processes: bash tools/dist_train.sh CONFIG N [flags of train.py]
# On several machines set NNODES, NODE_RANK, MASTER_ADDR and PORT. MAX_RESTARTS=3 with --resume: when a
# process fails, all start again from the last checkpoint, up to three times.
set -euo pipefail
[ $# -ge 2 ] || { echo "usage: $0 CONFIG N [flags of train.py]" >&2; exit 2; }

python -m srm_mmseg.engine.torchrun \
    --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" --nproc_per_node="$2" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}" \
    --max_restarts="${MAX_RESTARTS:-0}" \
    "$(dirname "$0")/train.py" "$1" --launcher pytorch "${@:3}"
