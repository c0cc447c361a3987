# MSRA10K to train on, with DUTS-TE to test on.
# Validation is on the test set: report the last iteration's weights, not the best ones.
_base_ = 'duts.py'
train_dataloader = dict(dataset=_base_.msra10k)
