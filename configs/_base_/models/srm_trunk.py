# SRM without its trunks, T = 3 stages: a config names them, both with their pretrained weights.
#   trunk = dict(type='SwinTransformer', ...)
#   model = dict(backbone=dict(master=trunk, refinement=trunk))
# Taps are chosen by stride, and the refinement trunk is cut after the second of its own (stride 16).
# refinement='master' lets all stages share one trunk. The loss is F3Net's: boundaries
# count more, and an object as a whole.
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        size_divisor=1,
    ),
    backbone=dict(type='StagewiseBackbone', strides=(32, 16, 8)),
    neck=dict(type='PPMNeck', pool_channels=512, mid_channels=256, out_channels=64),
    decode_head=dict(
        type='SRMHead',
        channels=256,
        loss_decode=dict(
            type='AuxStageLoss',
            loss=dict(type='StructureLoss'),
            stage_weights=(1.0, 1.0, 1.0),
        ),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole', stage=-1),  # an index: 0 is S1, -1 the last stage
)
