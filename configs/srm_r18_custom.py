# A small SRM on your own photographs, from random weights and without a GPU: a first try with a few
# of them, at least 4 to train on. data/mine/{images, masks, train.txt, val.txt}, or other folders, as
# datasets/custom.py says.
#   python tools/train.py configs/srm_r18_custom.py
# Meant for a CPU x 4 images. Not yet trained on photographs: no time and no score measured.
_base_ = [
    '_base_/models/srm_r18.py',
    '_base_/datasets/custom.py',
    '_base_/schedules/schedule_scratch.py',
    '_base_/default_runtime.py',
]
train_pipeline = _base_.train_pipeline
test_pipeline = _base_.test_pipeline
tta_pipeline = _base_.tta_pipeline
scale = (161, 161)
train_pipeline[2].scale = test_pipeline[1].scale = scale
tta_pipeline[1].transforms[0][0].scale = scale
train_dataloader = dict(
    num_workers=0,
    persistent_workers=False,
    drop_last=True,
    sampler=dict(type='DefaultSampler'),
    dataset=dict(pipeline=train_pipeline),
)
val_dataloader = dict(num_workers=0, persistent_workers=False, dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
