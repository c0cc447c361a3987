# Three test sets of camouflaged objects in one run: one table, a row a set. Training is on COD10K-TR
# and CAMO-TR together, the 4,040 images of the field; COD10K-TE is validated on.
# A model of another config: python tools/test.py CONFIG WEIGHTS --data THIS_FILE
_base_ = 'sod_benchmark.py'
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(one, pipeline=_base_.train_pipeline) for one in (_base_.cod10k_tr, _base_.camo_tr)
        ],
    )
)
val_dataloader = dict(dataset=_base_.cod10k_te)
test_dataloader = dict(
    dataset=dict(
        datasets=[
            dict(one, pipeline=_base_.test_pipeline, test_mode=True)
            for one in (_base_.camo_te, _base_.cod10k_te, _base_.nc4k)
        ]
    )
)
