# DAVIS-S to test on, with DUTS-TR to train on; frames of high resolution.
# Validation is on the test set: report the last iteration's weights, not the best ones.
_base_ = 'duts.py'
val_dataloader = dict(dataset=_base_.davis_s)
test_dataloader = val_dataloader
