# Training from random weights, counted in epochs: after an epoch SyncBuffersHook averages the BN
# statistics of all processes, so that what is saved and validated is one model.
_base_ = 'by_epoch.py'
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
default_hooks = dict(logger=dict(interval=10))
custom_hooks = [dict(type='SyncBuffersHook')]
