# Stagewise Refinement Model (Wang et al., ICCV 2017) trained on DUTS-TR, tested on DUTS-TE.
# Two ImageNet ResNet-50, T = 3 stages learned end to end, lambda_t = 1, 353 x 353.
# Meant for 8 GPUs x 4 images: bash tools/dist_train.sh configs/srm_r50_duts.py 8
# Note: the paper's own recipe differs (one image a step, momentum 0.99, fixed learning rate).
# Not yet trained: no time and no score measured.
_base_ = [
    '_base_/models/srm_r50.py',
    '_base_/datasets/duts.py',
    '_base_/schedules/schedule_20k.py',
    '_base_/default_runtime.py',
]
