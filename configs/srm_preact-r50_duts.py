# The network that the authors of SRM (Wang et al., ICCV 2017) released, with their recipe and their
# test protocol: one image a step, no augmentation, maps min-max normalised.
#   python tools/convert_caffe.py snapshot_iter_100000.caffemodel srm.pth
#   python tools/test.py configs/srm_preact-r50_duts.py srm.pth --out maps
# Training starts from an ImageNet trunk, converted by the same tool: --cfg-options load_from=trunk.pth
# Meant for 1 GPU x 1 image. Not yet trained: no time and no score measured.
_base_ = [
    '_base_/models/srm_preact-r50.py',
    '_base_/datasets/duts.py',
    '_base_/schedules/schedule_release.py',
    '_base_/default_runtime.py',
]
train_pipeline = [step for step in _base_.train_pipeline if step['type'] != 'RandomFlip']
train_dataloader = dict(batch_size=1, dataset=dict(pipeline=train_pipeline))
val_evaluator = dict(stretch_maps=True)
test_evaluator = val_evaluator
