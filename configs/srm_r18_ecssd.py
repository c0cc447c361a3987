# A small SRM that learns from random weights on photographs: 600 images of ECSSD to train on
# (train.txt), 200 to validate on (val.txt; stems, a line each). No ImageNet weights, no GPU.
#   python tools/train.py configs/srm_r18_ecssd.py   # SOD_DATA=FOLDER before it: FOLDER/ECSSD
#   python tools/compare_stages.py configs/srm_r18_ecssd.py work_dirs/srm_r18_ecssd/epoch_40.pth
# 2 CPU cores x 16 images, 2026-11-23: 28 minutes; S1 / S2 / S3 on val.txt:
# maxF_pr .677 / .720 / .739, MAE .220 / .189 / .181.
_base_ = [
    '_base_/models/srm_r18.py',
    '_base_/datasets/ecssd.py',
    '_base_/schedules/schedule_scratch.py',
    '_base_/default_runtime.py',
]
scale = (161, 161)
train_pipeline = [
    dict(type='LoadSaliencyImage'),
    dict(type='LoadSaliencyMask'),
    dict(type='RandomResize', scale=scale, ratio_range=(1.0, 1.35), keep_ratio=False),
    dict(type='RandomCrop', crop_size=scale),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSaliencyInputs'),
]
test_pipeline = _base_.test_pipeline
test_pipeline[1].scale = scale
tta_pipeline = _base_.tta_pipeline
tta_pipeline[1].transforms[0][0].scale = scale
train_dataloader = dict(
    batch_size=16,
    num_workers=1,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(_base_.ecssd, ann_file='train.txt', pipeline=train_pipeline),
)
val_dataloader = dict(num_workers=1, dataset=dict(ann_file='val.txt', pipeline=test_pipeline))
test_dataloader = val_dataloader
