# SRM-Lite on real photographs, from ImageNet weights, on a CPU: about an hour of 2 cores.
# Measured 2026-11-28 on the 200 of ECSSD's val.txt: maxF_pr .923, MAE .041, Sm .908 (docs/zoo.md).
#   SOD_DATA=FOLDER srm-mmseg train srm_lite0_photographs
_base_ = [
    '_base_/models/srm_lite0.py',
    '_base_/datasets/photographs.py',
    '_base_/schedules/schedule_few_photographs.py',
    '_base_/default_runtime.py',
]
