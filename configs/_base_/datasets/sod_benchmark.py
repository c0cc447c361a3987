# The usual six test sets in one run: one table, a row a set. Training is on DUTS-TR.
# A model of another config: python tools/test.py CONFIG WEIGHTS --data THIS_FILE
_base_ = 'duts.py'
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(one, pipeline=_base_.test_pipeline, test_mode=True)
            for one in (
                _base_.ecssd,
                _base_.pascal_s,
                _base_.dut_omron,
                _base_.hku_is,
                _base_.duts_te,
                _base_.sod,
            )
        ],
    )
)
