# srm_r50_duts.py on your own data set: data/mine/{images, masks, train.txt, val.txt}, or other
# folders, as datasets/custom.py says.
# Meant for 8 GPUs x 4 images. Not yet trained: no time and no score measured.
_base_ = [
    '_base_/models/srm_r50.py',
    '_base_/datasets/custom.py',
    '_base_/schedules/schedule_20k.py',
    '_base_/default_runtime.py',
]
