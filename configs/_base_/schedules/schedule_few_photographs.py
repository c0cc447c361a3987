# AdamW for 3,000 iterations on hundreds of photographs, with pretrained trunks and an average of the
# weights, which is what is validated and saved. Made for a CPU.
_base_ = 'by_iteration.py'
max_iters = 3000
randomness = dict(seed=0)
# The trunks know much already: they learn at a third of the rate.
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
# A checkpoint every few minutes: a training longer than a sitting goes on by --resume.
default_hooks = dict(logger=dict(interval=20), checkpoint=dict(interval=100))
# The average of about the last 500 iterations' weights.
custom_hooks = [dict(type='EMAHook', ema_type='ExponentialMovingAverage', momentum=0.002)]
