# No loss but the last stage's: those of S1 and S2 count nothing.
_base_ = 'full.py'
model = dict(decode_head=dict(loss_decode=dict(stage_weights=(0.0, 0.0, 1.0))))
