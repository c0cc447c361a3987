# duts.py with the augmentation of recent recipes: crops around the object, turns of 10 degrees, mirror
# images, colour, and batches of 257 to 449 pixels. Testing stays at 353 x 353.
_base_ = 'duts.py'
turn = dict(type='RandomRotate', prob=0.5, degree=10, seg_pad_val=255)
modern_pipeline = [
    turn if step['type'] == 'RandomRotate' else step for step in _base_.augmented_pipeline
]
train_dataloader = dict(
    sampler=dict(type='DefaultSampler', shuffle=True),  # an epoch has an end
    drop_last=True,
    collate_fn=dict(type='collate_at_random_size', sizes=(257, 289, 321, 353, 385, 417, 449)),
    dataset=dict(pipeline=modern_pipeline),
)
