# NC4K to test on, with COD10K-TR to train on; camouflaged objects.
# Validation is on the test set: report the last iteration's weights, not the best ones.
_base_ = 'cod10k.py'
val_dataloader = dict(dataset=_base_.nc4k)
test_dataloader = val_dataloader
