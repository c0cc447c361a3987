# schedule_modern.py with SGD, for convolutional trunks with frozen BN; rates as in schedule_20k.py.
_base_ = 'schedule_modern.py'
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='SGD', lr=1.25e-4, momentum=0.9, weight_decay=5e-4),
    clip_grad=dict(max_norm=35),
)
