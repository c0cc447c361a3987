# SRM as released (Wang et al., ICCV 2017): two pre-activation ResNet-50 that normalise raw BGR
# images themselves, Caffe's pooling windows, Conv7 of 1x1, no bias but Conv7's and conv1's.
# Note: the paper has a plain ResNet-50 and a Conv7 of 3x3.
trunk = dict(type='PreActResNet', depth=50, norm_eval=True)
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(type='SegDataPreProcessor', size_divisor=1),
    backbone=dict(
        type='StagewiseBackbone',
        master=dict(num_stages=4, out_indices=(3,), **trunk),
        refinement=dict(num_stages=3, out_indices=(1, 2), **trunk),
    ),
    neck=dict(
        type='PPMNeck',
        pool_scales=(6, 3, 2, 1),  # the order of the concatenation
        pool_channels=512,
        mid_channels=256,
        out_channels=64,
        pool_mode='ceil',
    ),
    decode_head=dict(
        type='SRMHead',
        channels=256,
        num_classes=2,
        conv7_kernel=1,
        loss_decode=dict(
            type='AuxStageLoss',
            loss=dict(type='SaliencyCrossEntropy'),
            stage_weights=(1.0, 1.0, 1.0),
        ),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole', stage=-1),  # an index: 0 is S1, -1 the last stage
)
