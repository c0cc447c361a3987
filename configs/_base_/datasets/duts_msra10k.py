# DUTS-TR and MSRA10K together to train on, three images of DUTS-TR to one of MSRA10K whatever their
# sizes; DUTS-TE to test on. Other sets alike: a record of sod_sets.py and a proportion each.
_base_ = 'duts.py'
train_dataloader = dict(
    sampler=dict(_delete_=True, type='ProportionalSampler', proportions=[3, 1]),
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(one, pipeline=_base_.train_pipeline) for one in (_base_.duts_tr, _base_.msra10k)
        ],
    ),
)
