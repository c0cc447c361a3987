# SGD for 20,000 iterations with pretrained trunks. The rate is the release's in effect: with a mean
# loss 1.246e-5 / (1 - 0.99) = 1.25e-4 / (1 - 0.9). New layers learn 10 times as fast, as there.
# Note: the paper's release sums the loss; its weight decay is 4e-9 in terms of a mean loss.
# Neck and head have no norm layers, and a rate several times as high diverges.
# A GPU too small for the batch: see srm_r50_duts_accumulated.py.
_base_ = 'by_iteration.py'
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=1.25e-4, momentum=0.9, weight_decay=5e-4),
    paramwise_cfg=dict(custom_keys=dict(neck=dict(lr_mult=10), decode_head=dict(lr_mult=10))),
    clip_grad=dict(max_norm=35),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=500, by_epoch=False),
    dict(type='PolyLR', power=0.9, eta_min=1e-7, begin=500, end=20000, by_epoch=False),
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=20000, val_interval=2000)
default_hooks = dict(checkpoint=dict(interval=2000))
