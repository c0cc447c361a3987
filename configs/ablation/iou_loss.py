# Cross entropy with IoU at each stage.
_base_ = 'full.py'
model = dict(
    decode_head=dict(
        loss_decode=dict(loss=[dict(type='SaliencyCrossEntropy'), dict(type='SaliencyIoU')])
    )
)
