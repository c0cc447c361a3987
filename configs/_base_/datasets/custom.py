# Your own photographs and masks: fill in the two folders and the two lists.
# A photograph and its mask have the same name: images/a.jpg, masks/a.png; subfolders count.
# A list has a name a line. With folders of their own instead of lists: ann_file='' and a data_prefix
# each. tools/check_dataset.py tells what is wrong with a data set.
_base_ = 'sod_root.py'
mine = dict(
    type='SODDataset',
    dataset_name='mine',
    data_root=f'{_base_.sod_data}/mine',
    data_prefix=dict(img_path='images', seg_map_path='masks'),
    img_suffix=('.jpg', '.jpeg', '.png'),
    seg_map_suffix='.png',
)
train_dataloader = dict(dataset=dict(mine, ann_file='train.txt'))
val_dataloader = dict(dataset=dict(mine, ann_file='val.txt'))
test_dataloader = val_dataloader
