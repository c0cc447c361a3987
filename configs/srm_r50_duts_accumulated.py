# srm_r50_duts.py for a GPU that takes one image at a time: the gradients of four make a step, so all
# counts of iterations are four times as many. Not yet trained.
_base_ = './srm_r50_duts.py'
train_dataloader = dict(batch_size=_base_.train_dataloader.batch_size // 4)
optim_wrapper = dict(accumulative_counts=4)
param_scheduler = [
    dict(one, begin=4 * one['begin'], end=4 * one['end']) for one in _base_.param_scheduler
]
train_cfg = dict(
    max_iters=4 * _base_.train_cfg.max_iters, val_interval=4 * _base_.train_cfg.val_interval
)
default_hooks = dict(checkpoint=dict(interval=4 * _base_.default_hooks.checkpoint.interval))
