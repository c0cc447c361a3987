# The released recipe: SGD of one image a step, momentum 0.99, a fixed rate. The release sums the loss
# over the 353 x 353 pixels where ours averages: the rate is that many times as high, the decay that
# many times as low.
_base_ = 'by_iteration.py'
pixels = 353 * 353
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=1e-10 * pixels, momentum=0.99, weight_decay=5e-4 / pixels),
    # Of keys that match, the longest counts. All biases of the trunks are conv1's and BN shifts.
    paramwise_cfg=dict(
        custom_keys={
            'bias': dict(lr_mult=2),
            'neck': dict(lr_mult=10),
            'decode_head': dict(lr_mult=10),
            'decode_head.conv_seg.bias': dict(lr_mult=20),
        }
    ),
)
train_cfg = dict(type='IterBasedTrainLoop', max_iters=100000, val_interval=10000)
default_hooks = dict(checkpoint=dict(interval=10000))
