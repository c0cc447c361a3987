# A small SRM that learns from random weights on a generated data set: the road in minutes, on a CPU.
#   python tools/make_toy_dataset.py data/toy; python tools/train.py configs/srm_r18_demo.py
# 2 CPU cores x 16 images, 2026-11-23: 5 minutes; S1 / S2 / S3 on the toy test set:
# maxF_pr .665 / .838 / .898, MAE .097 / .056 / .038.
_base_ = [
    '_base_/models/srm_r18.py',
    '_base_/datasets/duts.py',
    '_base_/schedules/schedule_scratch.py',
    '_base_/default_runtime.py',
]
data_root = f'{_base_.sod_data}/toy'
train_pipeline = _base_.train_pipeline
test_pipeline = _base_.test_pipeline
tta_pipeline = _base_.tta_pipeline
scale = (129, 129)
train_pipeline[2].scale = test_pipeline[1].scale = scale
tta_pipeline[1].transforms[0][0].scale = scale
train_dataloader = dict(
    batch_size=16,
    num_workers=1,
    drop_last=True,
    sampler=dict(type='DefaultSampler'),
    dataset=dict(dataset_name='toy', data_root=data_root, num_pairs=None, pipeline=train_pipeline),
)
val_dataloader = dict(
    num_workers=1,
    dataset=dict(dataset_name='toy', data_root=data_root, num_pairs=None, pipeline=test_pipeline),
)
test_dataloader = val_dataloader
max_epochs = 14
param_scheduler = _base_.param_scheduler
param_scheduler[1].update(end=max_epochs, T_max=max_epochs - 1)
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
