# srm_r50_duts.py trained on DUTS-TR and MSRA10K together, three images to one.
# Meant for 8 GPUs x 4 images. Not yet trained: no time and no score measured.
_base_ = [
    '_base_/models/srm_r50.py',
    '_base_/datasets/duts_msra10k.py',
    '_base_/schedules/schedule_20k.py',
    '_base_/default_runtime.py',
]
