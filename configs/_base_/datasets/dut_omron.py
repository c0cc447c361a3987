# DUT-OMRON to test on, with DUTS-TR to train on.
# Validation is on the test set: report the last iteration's weights, not the best ones.
_base_ = 'duts.py'
val_dataloader = dict(dataset=_base_.dut_omron)
test_dataloader = val_dataloader
