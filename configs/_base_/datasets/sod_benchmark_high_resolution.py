# The three test sets of high resolution in one run: one table, a row a set. Training is on DUTS-TR.
# A model of another config: python tools/test.py CONFIG WEIGHTS --data THIS_FILE
_base_ = 'sod_benchmark.py'
test_dataloader = dict(
    dataset=dict(
        datasets=[
            dict(one, pipeline=_base_.test_pipeline, test_mode=True)
            for one in (_base_.davis_s, _base_.hrsod_te, _base_.uhrsd_te)
        ]
    )
)
