# srm_r50_duts.py tested on six sets at once: one table, a row a set.
#   python tools/test.py configs/srm_r50_sod_benchmark.py WEIGHTS --out maps
# Trained on DUTS-TR as there. Not yet trained: no time and no score measured.
_base_ = [
    '_base_/models/srm_r50.py',
    '_base_/datasets/sod_benchmark.py',
    '_base_/schedules/schedule_20k.py',
    '_base_/default_runtime.py',
]
