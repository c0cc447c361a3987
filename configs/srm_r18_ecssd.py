_base_ = [
    '_base_/models/srm_r18.py',
    '_base_/datasets/ecssd.py',
    '_base_/schedules/schedule_scratch.py',
    '_base_/default_runtime.py',
]
size = (161, 161)
train_pipeline = [
    dict(type='LoadSaliencyImage'),
    dict(type='LoadSaliencyMask'),
    dict(type='RandomResize', scale=size, ratio_range=(1.0, 1.35), keep_ratio=False),
    dict(type='RandomCrop', crop_size=size),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    dict(type='LoadSaliencyImage'),
    dict(type='Resize', scale=size, keep_ratio=False),
    dict(type='LoadSaliencyMask'),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(
    batch_size=16,
    num_workers=1,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='SODDataset',
        data_root=_base_.data_root,
        data_prefix=_base_.data_prefix,
        ann_file='train.txt',
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(num_workers=1, dataset=dict(ann_file='val.txt', pipeline=test_pipeline))
test_dataloader = val_dataloader
