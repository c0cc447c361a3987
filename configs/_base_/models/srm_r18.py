# SRM with two ResNet-18 that learn from random weights: small, for CPUs. T = 3 stages.
# BN learns its statistics (norm_eval=False, ResNet's default): frozen ones need pretrained trunks.
norm_cfg = dict(type='BN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        size_divisor=1,
    ),
    backbone=dict(
        type='StagewiseBackbone',
        master=dict(
            type='ResNet',
            depth=18,
            norm_cfg=norm_cfg,
            strides=(1, 2, 2, 2),
            dilations=(1, 1, 1, 1),
            out_indices=(3,),
        ),
        refinement=dict(
            type='ResNet',
            depth=18,
            norm_cfg=norm_cfg,
            num_stages=3,
            strides=(1, 2, 2),
            dilations=(1, 1, 1),
            out_indices=(1, 2),
        ),
    ),
    neck=dict(
        type='PPMNeck',
        pool_channels=64,
        mid_channels=128,
        out_channels=64,
    ),
    decode_head=dict(
        type='SRMHead',
        channels=128,
        loss_decode=dict(
            type='AuxStageLoss',
            loss=dict(type='SaliencyCrossEntropy'),
            stage_weights=(1.0, 1.0, 1.0),
        ),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole', stage=-1),  # an index: 0 is S1, -1 the last stage
)
