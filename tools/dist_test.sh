#!/usr/bin/env bash
# Evaluate on N GPUs, or without a GPU in N processes:
# bash tools/dist_test.sh CONFIG CHECKPOINT N [flags of test.py]
# On several machines set NNODES, NODE_RANK, MASTER_ADDR and PORT.
set -euo pipefail
[ $# -ge 3 ] || { echo "usage: $0 CONFIG CHECKPOINT N [flags of test.py]" >&2; exit 2; }

python -m srm_mmseg.engine.torchrun \
    --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" --nproc_per_node="$3" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}" \
    "$(dirname "$0")/test.py" "$1" "$2" --launcher pytorch "${@:4}"
