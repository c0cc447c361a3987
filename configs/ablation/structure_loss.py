# The structure loss of F3Net at each stage, in place of cross entropy.
_base_ = 'full.py'
model = dict(decode_head=dict(loss_decode=dict(loss=dict(type='StructureLoss'))))
