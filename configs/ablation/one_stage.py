# T = 1: the feed-forward network alone.
_base_ = 'full.py'
model = dict(
    backbone=dict(refinement=None),
    decode_head=dict(loss_decode=dict(stage_weights=(1.0,))),
)
