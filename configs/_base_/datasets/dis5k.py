# DIS5K: DIS-TR to train on, DIS-VD to validate on, DIS-VD and DIS-TE1 to 4 to test on in one run:
# one table, a row a set; from DIS-TE1 to 4 the shapes are finer and finer.
_base_ = 'sod_benchmark.py'
train_dataloader = dict(dataset=_base_.dis_tr)
val_dataloader = dict(dataset=_base_.dis_vd)
test_dataloader = dict(
    dataset=dict(
        datasets=[
            dict(one, pipeline=_base_.test_pipeline, test_mode=True)
            for one in (
                _base_.dis_vd,
                _base_.dis_te1,
                _base_.dis_te2,
                _base_.dis_te3,
                _base_.dis_te4,
            )
        ]
    )
)
