# From random weights, without ImageNet: trunks that learn whole, with their BN.
_base_ = 'full.py'
from_scratch = dict(init_cfg=None, norm_eval=False, frozen_stages=-1)
model = dict(backbone=dict(master=from_scratch, refinement=from_scratch))
