# One trunk for all stages, in place of the paper's two.
_base_ = 'full.py'
model = dict(backbone=dict(master=dict(out_indices=(2, 4, 6)), refinement='master'))
