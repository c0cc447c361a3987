# All standard sets that are there, to look for pictures of the test sets in the training sets:
#   srm-mmseg check-dataset sets_on_disk
# It is no recipe: train on the sets that you name.
_base_ = 'sod_root.py'
from srm_mmseg.datasets.standard_sets import sets_on_disk  # noqa: E402  As in sod_root.py.

train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(one, pipeline=_base_.train_pipeline)
            for one in sets_on_disk(_base_.sod_data, to_train=True)
        ],
    )
)
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(one, pipeline=_base_.test_pipeline, test_mode=True)
            for one in sets_on_disk(_base_.sod_data, to_train=False)
        ],
    )
)
val_dataloader = test_dataloader
