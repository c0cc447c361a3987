# DUTS: DUTS-TR to train on, DUTS-TE to test on.
# Validation is on the test set: report the last iteration's weights, not the best ones.
_base_ = 'sod_sets.py'
train_dataloader = dict(dataset=_base_.duts_tr)
val_dataloader = dict(dataset=_base_.duts_te)
test_dataloader = val_dataloader
