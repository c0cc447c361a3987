# SRM-Lite on real photographs, from ImageNet weights, on a CPU. Not yet trained.
#   SOD_DATA=FOLDER srm-mmseg train srm_lite0_photographs
_base_ = [
    '_base_/models/srm_lite0.py',
    '_base_/datasets/photographs.py',
    '_base_/schedules/schedule_few_photographs.py',
    '_base_/default_runtime.py',
]
# The stem and the first two stages of the trunks stay as they are, which saves a third of a step.
trunk = dict(frozen_stages=2)
# The second loss counts an object as a whole, and makes maps surer.
model = dict(
    backbone=dict(master=trunk, refinement=trunk),
    decode_head=dict(
        loss_decode=dict(loss=[dict(type='SaliencyCrossEntropy'), dict(type='SaliencyIoU')])
    ),
)
# Crops around the object and through it, turns, mirror images, colour.
train_pipeline = [
    dict(type='LoadSaliencyImage'),
    dict(type='LoadSaliencyMask'),
    dict(type='RandomCropAroundObject', prob=0.5, most=0.3),
    dict(type='RandomResize', scale=(353, 353), ratio_range=(1.0, 1.3), keep_ratio=False),
    dict(type='RandomCrop', crop_size=(353, 353)),
    dict(type='RandomRotate', prob=0.3, degree=15, seg_pad_val=255),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSaliencyInputs'),
]
# Smaller than in testing on the whole: a step takes half the time.
train_dataloader = dict(
    batch_size=12,
    num_workers=1,
    collate_fn=dict(type='collate_at_random_size', sizes=(225, 257, 289, 321)),
    dataset=dict(datasets=[dict(one, pipeline=train_pipeline) for one in _base_.train_sets]),
)
val_dataloader = dict(num_workers=1)
test_dataloader = dict(num_workers=1)
