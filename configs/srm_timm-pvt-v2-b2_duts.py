# SRM with two PVTv2-B2 (Wang et al., CVMJ 2022) of timm on DUTS: pip install 'srm-mmseg[timm]'. Another
# of timm's models: its name, and arguments of its own (timm.list_models()). timm brings the weights.
# Meant for 8 GPUs x 4 images. Not yet trained: no time and no score measured.
_base_ = [
    '_base_/models/srm_trunk.py',
    '_base_/datasets/duts_modern.py',
    '_base_/schedules/schedule_modern.py',
    '_base_/default_runtime.py',
]
trunk = dict(type='TIMMBackbone', model_name='pvt_v2_b2', pretrained=True, drop_path_rate=0.1)
model = dict(backbone=dict(master=trunk, refinement=trunk))
