# ECSSD (Shi et al., TPAMI 2016): 1,000 pairs, a test set.
#   data/ECSSD/{images/*.jpg, ground_truth_mask/*.png}
# The environment variable SOD_DATA names another folder than data/.
data_root = '{{$SOD_DATA:data}}/ECSSD'
dataset_type = 'SODDataset'
data_prefix = dict(img_path='images', seg_map_path='ground_truth_mask')
scale = (353, 353)  # width, height: 32k + 1
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
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_prefix=data_prefix,
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='SODMetric')
test_evaluator = val_evaluator
