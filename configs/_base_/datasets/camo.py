# CAMO: CAMO-TR to train on, CAMO-TE to test on; camouflaged objects.
# Validation is on the test set: report the last iteration's weights, not the best ones.
_base_ = 'duts.py'
train_dataloader = dict(dataset=_base_.camo_tr)
val_dataloader = dict(dataset=_base_.camo_te)
test_dataloader = val_dataloader
