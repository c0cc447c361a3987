# What every run has in common.
custom_imports = dict(imports=['srm_mmseg.register'], allow_failed_imports=False)
default_scope = 'mmseg'
env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)
vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='SegLocalVisualizer', vis_backends=vis_backends, name='visualizer')
tta_model = dict(type='SODTTAModel')  # test.py --tta puts it around the model
log_level = 'INFO'
load_from = None
resume = False
