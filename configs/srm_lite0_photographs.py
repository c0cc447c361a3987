# SRM-Lite on real photographs, from ImageNet weights, on a CPU. Stem and first two stages of the trunks
# stay as they are, which saves a third of a step.
#   SOD_DATA=FOLDER srm-mmseg train srm_lite0_photographs
_base_ = [
    '_base_/models/srm_lite0.py',
    '_base_/datasets/photographs.py',
    '_base_/default_runtime.py',
]
max_iters = 3000
randomness = dict(seed=0)
trunk = dict(frozen_stages=2)
model = dict(
    backbone=dict(master=trunk, refinement=trunk),
    decode_head=dict(
        loss_decode=dict(loss=[dict(type='SaliencyCrossEntropy'), dict(type='SaliencyIoU')])
    ),
)
train_pipeline = [
    dict(type='LoadSaliencyImage'),
    dict(type='LoadSaliencyMask'),
    dict(type='RandomCropAroundObject', prob=0.5, most=0.3),
    dict(type='RandomResize', scale=(353, 353), ratio_range=(1.0, 1.3), keep_ratio=False),
    dict(type='RandomCrop', crop_size=(353, 353)),
    dict(type='RandomRotate', prob=0.3, degree=15, seg_pad_val=255),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSaliencyInputs'),
]
train_dataloader = dict(
    batch_size=12,
    num_workers=1,
    collate_fn=dict(type='collate_at_random_size', sizes=(225, 257, 289, 321)),
    dataset=dict(datasets=[dict(one, pipeline=train_pipeline) for one in _base_.train_sets]),
)
val_dataloader = dict(num_workers=1)
test_dataloader = dict(num_workers=1)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=1e-2),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.3)), norm_decay_mult=0.0),
    clip_grad=dict(max_norm=5.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, begin=0, end=100, by_epoch=False),
    dict(type='CosineAnnealingLR', begin=100, end=max_iters, T_max=max_iters - 100, by_epoch=False),
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters, val_interval=500)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=20, log_metric_by_epoch=False),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(type='WholeCheckpointHook', by_epoch=False, interval=100, max_keep_ckpts=2),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    iteration_seeds=dict(type='SeedIterationsHook'),
    visualization=dict(type='SegVisualizationHook'),
    curves=dict(type='SaveCurvesHook'),
    skipped=dict(type='SkippedFilesHook'),
)
custom_hooks = [dict(type='EMAHook', ema_type='ExponentialMovingAverage', momentum=0.002)]
log_processor = dict(by_epoch=False)
