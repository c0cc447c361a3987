# Real photographs of three kinds, nine of ECSSD to two of people to one of horses: ECSSD's train.txt,
# standing people (Clothing Co-Parsing, Yang et al., CVPR 2014) and horses (Weizmann Horses, Borenstein
# and Ullman, ECCV 2002). ECSSD's val.txt, and every sixth picture of the others, is to validate on.
#   SOD_DATA=FOLDER: FOLDER/ECSSD/{images,ground_truth_mask,train.txt,val.txt}, FOLDER/CCP/{images,masks},
#   FOLDER/horses/{images,masks}.
_base_ = 'sod_sets.py'
ecssd = dict(_base_.ecssd)
people = dict(
    type='SODDataset',
    dataset_name='CCP',
    data_root=f'{_base_.sod_data}/CCP',
    data_prefix=dict(img_path='images', seg_map_path='masks'),
)
horses = dict(people, dataset_name='horses', data_root=f'{_base_.sod_data}/horses')
train_sets = [
    dict(ecssd, ann_file='train.txt'),
    dict(people, num_pairs=497, indices=[index for index in range(497) if index % 6]),
    dict(horses, num_pairs=318, indices=[index for index in range(318) if index % 6]),
]
test_sets = [
    dict(ecssd, ann_file='val.txt'),
    dict(people, num_pairs=497, indices=[*range(0, 497, 6)]),
    dict(horses, num_pairs=318, indices=[*range(0, 318, 6)]),
]
# Smaller than in testing on the whole: a step takes half the time.
train_dataloader = dict(
    batch_size=12,
    num_workers=1,
    collate_fn=dict(type='collate_at_random_size', sizes=(225, 257, 289, 321)),
    sampler=dict(_delete_=True, type='ProportionalSampler', proportions=[9, 2, 1]),
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[dict(one, pipeline=_base_.augmented_pipeline) for one in train_sets],
    ),
)
val_dataloader = dict(num_workers=1, dataset=test_sets[0])
test_dataloader = dict(
    num_workers=1,
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[dict(one, pipeline=_base_.test_pipeline, test_mode=True) for one in test_sets],
    ),
)
