# COD10K: COD10K-TR to train on, COD10K-TE to test on; camouflaged objects. Its NonCAM images, which
# have none, are left out, as in the field.
# Validation is on the test set: report the last iteration's weights, not the best ones.
_base_ = 'duts.py'
train_dataloader = dict(dataset=_base_.cod10k_tr)
val_dataloader = dict(dataset=_base_.cod10k_te)
test_dataloader = val_dataloader
