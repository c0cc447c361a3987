# AdamW for 60 epochs with pretrained trunks: warm-up and polynomial decay, mixed precision where there
# is a GPU, and an average of the weights, which is what is validated and saved. Made for transformers
# and ConvNeXt: the trunks' rate and decay are those of MMSegmentation's Swin, and norms, biases, layer
# scales and tables of positions do not decay. New layers learn 10 times as fast.
_base_ = 'by_epoch.py'
max_epochs = 60
optim_wrapper = dict(
    type='AmpOptimWrapper',
    optimizer=dict(type='AdamW', lr=6e-5, betas=(0.9, 0.999), weight_decay=1e-2),
    # Of keys that match, the longest counts, and then no other rule: so there is none for the trunks.
    paramwise_cfg=dict(
        custom_keys=dict(
            neck=dict(lr_mult=10),
            decode_head=dict(lr_mult=10),
            relative_position_bias_table=dict(decay_mult=0.0),
            pos_embed=dict(decay_mult=0.0),
        ),
        norm_decay_mult=0.0,
        bias_decay_mult=0.0,
        flat_decay_mult=0.0,
    ),
    clip_grad=dict(max_norm=5.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, end=1, convert_to_iter_based=True),
    dict(type='PolyLR', power=0.9, begin=1, end=max_epochs, convert_to_iter_based=True),
]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=10)
# The average of about the last 1,000 iterations' weights: three epochs of DUTS-TR in batches of 32.
custom_hooks = [dict(type='EMAHook', ema_type='ExponentialMovingAverage', momentum=0.001)]
