# srm_r50_duts.py with more augmentation than the paper's flip: crops around the object, colour, and
# batches of 225 to 417 pixels. Testing stays at 353 x 353. Not yet trained.
_base_ = './srm_r50_duts.py'
train_pipeline = [
    dict(type='LoadSaliencyImage'),
    dict(type='LoadSaliencyMask'),
    dict(type='RandomCropAroundObject', prob=0.5, most=0.2),
    dict(type='Resize', scale=(417, 417), keep_ratio=False),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSaliencyInputs'),
]
train_dataloader = dict(
    collate_fn=dict(type='collate_at_random_size', sizes=(225, 289, 353, 417)),
    dataset=dict(pipeline=train_pipeline),
)
