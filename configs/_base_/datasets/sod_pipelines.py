# How images and masks are read, batched and scored: what all data sets share.
scale = (353, 353)  # width, height: 32k + 1
train_pipeline = [
    dict(type='LoadSaliencyImage'),
    dict(type='LoadSaliencyMask'),
    dict(type='Resize', scale=scale, keep_ratio=False),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSaliencyInputs'),
]
# For sets of hundreds: crops around the object and through it, turns, mirror images, colour.
augmented_pipeline = [
    dict(type='LoadSaliencyImage'),
    dict(type='LoadSaliencyMask'),
    dict(type='RandomCropAroundObject', prob=0.5, most=0.3),
    dict(type='RandomResize', scale=scale, ratio_range=(1.0, 1.3), keep_ratio=False),
    dict(type='RandomCrop', crop_size=scale),
    dict(type='RandomRotate', prob=0.3, degree=15, seg_pad_val=255),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSaliencyInputs'),
]
test_pipeline = [
    dict(type='LoadSaliencyImage'),
    dict(type='Resize', scale=scale, keep_ratio=False),
    dict(type='LoadSaliencyMask'),  # after Resize: maps are scored at the size of the mask
    dict(type='PackSaliencyInputs'),
]
tta_pipeline = [
    dict(type='LoadSaliencyImage'),
    dict(
        type='TestTimeAug',
        transforms=[
            [dict(type='Resize', scale=scale, keep_ratio=False)],
            [dict(type='RandomFlip', prob=prob) for prob in (0.0, 1.0)],
            [dict(type='LoadSaliencyMask')],
            [dict(type='PackSaliencyInputs')],
        ],
    ),
]
train_dataloader = dict(
    batch_size=4,
    num_workers=4,
    persistent_workers=True,
    pin_memory=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(pipeline=train_pipeline),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    pin_memory=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(pipeline=test_pipeline, test_mode=True),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='SODMetric')
test_evaluator = val_evaluator
