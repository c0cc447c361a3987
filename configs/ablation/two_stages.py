# T = 2: one refinement, of stride 16.
_base_ = 'full.py'
model = dict(
    backbone=dict(refinement=dict(out_indices=(4,))),
    decode_head=dict(loss_decode=dict(stage_weights=(1.0, 1.0))),
)
