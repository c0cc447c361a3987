# SRM-Lite from the weights in the box on your own photographs, without a GPU: data/mine/{images, masks,
# train.txt, val.txt}, or other folders, as datasets/custom.py says. About 8 minutes of 2 cores.
# Measured 2026-11-28, 100 horses: MAE .030 -> .027 on 50 others (docs/fine_tuning.md).
#   srm-mmseg train srm_lite0_custom
_base_ = [
    '_base_/models/srm_lite0.py',
    '_base_/datasets/custom.py',
    '_base_/schedules/schedule_few_photographs.py',
    '_base_/default_runtime.py',
]
load_from = 'zoo://srm_lite0'
no_other_weights = dict(init_cfg=None)
model = dict(backbone=dict(master=no_other_weights, refinement=no_other_weights))
train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    collate_fn=dict(type='collate_at_random_size', sizes=(257, 289, 321, 353)),
    dataset=dict(pipeline=_base_.augmented_pipeline),
)
val_dataloader = dict(num_workers=1)
test_dataloader = dict(num_workers=1)
# A tenth of the iterations and a third of the rate of the training from ImageNet.
max_iters = 300
optim_wrapper = dict(optimizer=dict(lr=3e-4))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, begin=0, end=30, by_epoch=False),
    dict(type='CosineAnnealingLR', begin=30, end=max_iters, T_max=max_iters - 30, by_epoch=False),
]
train_cfg = dict(max_iters=max_iters, val_interval=100)
custom_hooks = [dict(type='EMAHook', ema_type='ExponentialMovingAverage', momentum=0.02)]
