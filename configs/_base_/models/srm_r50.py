# SRM of Wang et al., ICCV 2017: two ResNet-50, T = 3 stages (Section 3).
# BN statistics stay those of ImageNet, as in the release (norm_eval).
# T follows from the trunks: refinement.out_indices=(2,) is T = 2, refinement=None is T = 1, with as
# many stage_weights. Channels follow too (in_channels), so that a trunk is named once.
norm_cfg = dict(type='BN', requires_grad=True)
resnet50 = dict(
    type='ResNet',
    depth=50,
    norm_cfg=norm_cfg,
    norm_eval=True,
    style='pytorch',
    init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet50'),
)
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
            num_stages=4,
            strides=(1, 2, 2, 2),
            dilations=(1, 1, 1, 1),
            out_indices=(3,),
            **resnet50,
        ),
        refinement=dict(
            num_stages=3,
            strides=(1, 2, 2),
            dilations=(1, 1, 1),
            out_indices=(1, 2),
            **resnet50,
        ),
    ),
    neck=dict(
        type='PPMNeck',
        pool_scales=(1, 2, 3, 6),
        pool_channels=512,
        mid_channels=256,
        out_channels=64,
    ),
    decode_head=dict(
        type='SRMHead',
        channels=256,
        num_classes=2,
        loss_decode=dict(
            type='AuxStageLoss',
            loss=dict(type='SaliencyCrossEntropy'),
            stage_weights=(1.0, 1.0, 1.0),
        ),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole', stage=-1),  # an index: 0 is S1, -1 the last stage
)
