# Training from random weights, counted in epochs: after an epoch SyncBuffersHook averages the BN
# statistics of all processes, so that what is saved and validated is one model.
max_epochs = 40
randomness = dict(seed=0)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=1e-2),
    clip_grad=dict(max_norm=5.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, end=1, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        begin=1,
        end=max_epochs,
        T_max=max_epochs - 1,
        convert_to_iter_based=True,
    ),
]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=5)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=10),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(type='WholeCheckpointHook', interval=5, max_keep_ckpts=2, save_best='MAE'),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    iteration_seeds=dict(type='SeedIterationsHook'),
    visualization=dict(type='SegVisualizationHook'),
    curves=dict(type='SaveCurvesHook'),
    skipped=dict(type='SkippedFilesHook'),
)
custom_hooks = [dict(type='SyncBuffersHook')]
log_processor = dict(by_epoch=True)
