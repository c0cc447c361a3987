# SRM-Lite on real photographs, from ImageNet weights, on a CPU. Not yet trained.
#   SOD_DATA=FOLDER srm-mmseg train srm_lite0_photographs
_base_ = [
    '_base_/models/srm_lite0.py',
    '_base_/datasets/photographs.py',
    '_base_/schedules/schedule_few_photographs.py',
    '_base_/default_runtime.py',
]
