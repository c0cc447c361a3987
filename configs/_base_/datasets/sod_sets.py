# The standard sets, a record each, below one root: data/, or the folder that SOD_DATA names.
# tools/prepare_dataset.py lays them out like this. Another number of pairs than num_pairs, the
# official count, is an error; None takes what is there. Layouts marked (unverified) are those of
# converters and papers, not read off the archives.
_base_ = 'sod_root.py'
sod_data = _base_.sod_data
# DUTS (Wang et al., CVPR 2017)
#   DUTS/DUTS-TR/{DUTS-TR-Image/*.jpg, DUTS-TR-Mask/*.png}, DUTS-TE alike
duts_tr = dict(
    type='SODDataset',
    dataset_name='DUTS-TR',
    data_root=f'{sod_data}/DUTS',
    data_prefix=dict(img_path='DUTS-TR/DUTS-TR-Image', seg_map_path='DUTS-TR/DUTS-TR-Mask'),
    num_pairs=10553,
)
duts_te = dict(
    type='SODDataset',
    dataset_name='DUTS-TE',
    data_root=f'{sod_data}/DUTS',
    data_prefix=dict(img_path='DUTS-TE/DUTS-TE-Image', seg_map_path='DUTS-TE/DUTS-TE-Mask'),
    num_pairs=5019,
)
# ECSSD (Shi et al., TPAMI 2016)
#   ECSSD/{images/*.jpg, ground_truth_mask/*.png}
ecssd = dict(
    type='SODDataset',
    dataset_name='ECSSD',
    data_root=f'{sod_data}/ECSSD',
    data_prefix=dict(img_path='images', seg_map_path='ground_truth_mask'),
    num_pairs=1000,
)
# PASCAL-S (Li et al., CVPR 2014); masks of many grey levels, salient above 128
#   PASCAL-S/datasets/{imgs/pascal/*.jpg, masks/pascal/*.png} (unverified)
pascal_s = dict(
    type='SODDataset',
    dataset_name='PASCAL-S',
    data_root=f'{sod_data}/PASCAL-S',
    data_prefix=dict(img_path='datasets/imgs/pascal', seg_map_path='datasets/masks/pascal'),
    num_pairs=850,
)
# DUT-OMRON (Yang et al., CVPR 2013)
#   DUT-OMRON/{DUT-OMRON-image/*.jpg, pixelwiseGT-new-PNG/*.png}
dut_omron = dict(
    type='SODDataset',
    dataset_name='DUT-OMRON',
    data_root=f'{sod_data}/DUT-OMRON',
    data_prefix=dict(img_path='DUT-OMRON-image', seg_map_path='pixelwiseGT-new-PNG'),
    num_pairs=5168,
)
# HKU-IS (Li and Yu, CVPR 2015); images are PNG
#   HKU-IS/{imgs/*.png, gt/*.png}
hku_is = dict(
    type='SODDataset',
    dataset_name='HKU-IS',
    data_root=f'{sod_data}/HKU-IS',
    data_prefix=dict(img_path='imgs', seg_map_path='gt'),
    img_suffix='.png',
    num_pairs=4447,
)
# SOD (Movahedi and Elder, CVPR workshops 2010); images of BSDS
#   SOD/{images/*.jpg, masks/*.png} (unverified)
sod = dict(
    type='SODDataset',
    dataset_name='SOD',
    data_root=f'{sod_data}/SOD',
    data_prefix=dict(img_path='images', seg_map_path='masks'),
    num_pairs=300,
)
# MSRA10K (Cheng et al., TPAMI 2015)
#   MSRA10K/Imgs/{*.jpg, *.png} side by side (unverified)
msra10k = dict(
    type='SODDataset',
    dataset_name='MSRA10K',
    data_root=f'{sod_data}/MSRA10K',
    data_prefix=dict(img_path='Imgs', seg_map_path='Imgs'),
    img_suffix='.jpg',
    num_pairs=10000,
)
# THUR15K (Cheng et al., The Visual Computer 2014); five classes, most images without a mask:
# tools/prepare_dataset.py leaves those out
#   THUR15K/CLASS/Src/{*.jpg, *.png} side by side (unverified)
thur15k = dict(
    type='SODDataset',
    dataset_name='THUR15K',
    data_root=f'{sod_data}/THUR15K',
    data_prefix=dict(img_path='', seg_map_path=''),
    img_suffix='.jpg',
    num_pairs=6232,
)
