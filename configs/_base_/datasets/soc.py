# SOC: SOC-TR to train on, SOC-VAL to validate on, SOC-TE to test on. Half of its images have nothing
# salient, and black masks: there F is 0 whatever the map, and MAE tells what is found by mistake.
_base_ = 'duts.py'
train_dataloader = dict(dataset=_base_.soc_tr)
val_dataloader = dict(dataset=_base_.soc_val)
test_dataloader = dict(dataset=_base_.soc_te)
