# SRM-Lite as the paper has it: T = 3, pyramid pooling, two trunks, cross entropy at each stage. Each
# other file of this folder changes one thing. Trained on 600 photographs of ECSSD (train.txt), ten epochs
# at 225 pixels, from ImageNet weights; every stage scored once, at the end, on 200 others (val.txt).
#   SOD_DATA=FOLDER srm-mmseg ablate
_base_ = [
    '../_base_/models/srm_lite0.py',
    '../_base_/datasets/ecssd.py',
    '../_base_/schedules/by_iteration.py',
    '../_base_/default_runtime.py',
]
model = dict(
    decode_head=dict(
        loss_decode=dict(_delete_=True, type='AuxStageLoss', stage_weights=(1.0, 1.0, 1.0))
    )
)
scale = (225, 225)
train_pipeline = [
    dict(type='LoadSaliencyImage'),
    dict(type='LoadSaliencyMask'),
    dict(type='RandomResize', scale=scale, ratio_range=(1.0, 1.3), keep_ratio=False),
    dict(type='RandomCrop', crop_size=scale),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSaliencyInputs'),
]
test_pipeline = _base_.test_pipeline
test_pipeline[1].scale = scale
train_dataloader = dict(
    batch_size=12,
    num_workers=1,
    dataset=dict(_base_.ecssd, ann_file='train.txt', pipeline=train_pipeline),
)
val_dataloader = dict(num_workers=1, dataset=dict(ann_file='val.txt', pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(type='SODMetric', stages=True)
test_evaluator = val_evaluator
max_iters = 500
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=1e-2),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.3)), norm_decay_mult=0.0),
    clip_grad=dict(max_norm=5.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, begin=0, end=50, by_epoch=False),
    dict(type='CosineAnnealingLR', begin=50, end=max_iters, T_max=max_iters - 50, by_epoch=False),
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters, val_interval=max_iters)
default_hooks = dict(
    logger=dict(interval=10), checkpoint=dict(interval=100, max_keep_ckpts=1, save_best=None)
)
