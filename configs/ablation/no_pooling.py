# Without pyramid pooling: each tap through the two convolutions alone.
_base_ = 'full.py'
model = dict(neck=dict(pool_scales=()))
