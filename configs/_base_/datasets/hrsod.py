# HRSOD: HRSOD-TR to train on, HRSOD-TE to test on; photographs of high resolution.
# Validation is on the test set: report the last iteration's weights, not the best ones.
_base_ = 'duts.py'
train_dataloader = dict(dataset=_base_.hrsod_tr)
val_dataloader = dict(dataset=_base_.hrsod_te)
test_dataloader = val_dataloader
