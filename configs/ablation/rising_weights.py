# Later stages count more: weights of 1/4, 1/2 and 1.
_base_ = 'full.py'
model = dict(decode_head=dict(loss_decode=dict(stage_weights=(0.25, 0.5, 1.0))))
