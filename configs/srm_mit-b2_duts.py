# SRM with two MiT-B2, SegFormer's trunk (Xie et al., NeurIPS 2021), on DUTS.
# Meant for 8 GPUs x 4 images. Not yet trained: no time and no score measured.
_base_ = [
    '_base_/models/srm_trunk.py',
    '_base_/datasets/duts_modern.py',
    '_base_/schedules/schedule_modern.py',
    '_base_/default_runtime.py',
]
folder = 'https://mmassets.onedl.ai/mmsegmentation/v0.5/pretrain/segformer/'
trunk = dict(
    type='MixVisionTransformer',
    num_layers=[3, 4, 6, 3],
    num_heads=[1, 2, 5, 8],
    drop_path_rate=0.1,
    init_cfg=dict(
        type='Pretrained',
        checkpoint=folder + 'mit_b2_20220624-66e8bf70.pth',
    ),
)
model = dict(backbone=dict(master=trunk, refinement=trunk))
