# DUTS (Wang et al., CVPR 2017): 10,553 pairs to train on, 5,019 to test on.
#   data/DUTS/DUTS-TR/{DUTS-TR-Image/*.jpg, DUTS-TR-Mask/*.png}
#   data/DUTS/DUTS-TE/{DUTS-TE-Image/*.jpg, DUTS-TE-Mask/*.png}
# Validation is on the test set: report the last iteration's weights, not the best ones.
# The environment variable SOD_DATA names another folder than data/.
data_root = '{{$SOD_DATA:data}}/DUTS'
dataset_type = 'SODDataset'
scale = (353, 353)  # width, height: 32k + 1
train_pipeline = [
    dict(type='LoadSaliencyImage'),
    dict(type='LoadSaliencyMask'),
    dict(type='Resize', scale=scale, keep_ratio=False),
    dict(type='RandomFlip', prob=0.5),
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
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_prefix=dict(img_path='DUTS-TR/DUTS-TR-Image', seg_map_path='DUTS-TR/DUTS-TR-Mask'),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    pin_memory=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        dataset_name='DUTS-TE',
        data_root=data_root,
        data_prefix=dict(img_path='DUTS-TE/DUTS-TE-Image', seg_map_path='DUTS-TE/DUTS-TE-Mask'),
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='SODMetric')
test_evaluator = val_evaluator
