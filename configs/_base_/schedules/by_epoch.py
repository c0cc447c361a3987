# What schedules that count epochs have in common. Each says how many, and how often it saves.
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(type='WholeCheckpointHook', interval=5, max_keep_ckpts=2, save_best='MAE'),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    iteration_seeds=dict(type='SeedIterationsHook'),
    visualization=dict(type='SegVisualizationHook'),
    curves=dict(type='SaveCurvesHook'),
    skipped=dict(type='SkippedFilesHook'),
)
log_processor = dict(by_epoch=True)
