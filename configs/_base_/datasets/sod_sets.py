# The standard sets below one root, data/, or the folder that SOD_DATA names, as
# tools/prepare_dataset.py lays them out. Their folders, papers and official counts are in
# srm_mmseg/datasets/standard_sets.py. Another number of pairs than num_pairs, the official count, is
# an error; None takes what is there.
_base_ = 'sod_root.py'
from srm_mmseg.datasets.standard_sets import set_config  # noqa: E402  As in sod_root.py.

sod_data = _base_.sod_data
duts_tr = set_config('DUTS-TR', sod_data)
duts_te = set_config('DUTS-TE', sod_data)
ecssd = set_config('ECSSD', sod_data)
pascal_s = set_config('PASCAL-S', sod_data)  # masks of many grey levels, salient above 128
dut_omron = set_config('DUT-OMRON', sod_data)
hku_is = set_config('HKU-IS', sod_data)
sod = set_config('SOD', sod_data)
msra10k = set_config('MSRA10K', sod_data)
thur15k = set_config('THUR15K', sod_data)  # a folder a class; most of its images have no mask
hrsod_tr = set_config('HRSOD-TR', sod_data)
hrsod_te = set_config('HRSOD-TE', sod_data)
davis_s = set_config('DAVIS-S', sod_data)
uhrsd_tr = set_config('UHRSD-TR', sod_data)
uhrsd_te = set_config('UHRSD-TE', sod_data)
dis_tr = set_config('DIS-TR', sod_data)
dis_vd = set_config('DIS-VD', sod_data)
dis_te1 = set_config('DIS-TE1', sod_data)
dis_te2 = set_config('DIS-TE2', sod_data)
dis_te3 = set_config('DIS-TE3', sod_data)
dis_te4 = set_config('DIS-TE4', sod_data)
soc_tr = set_config('SOC-TR', sod_data)  # half of its images have nothing salient
soc_val = set_config('SOC-VAL', sod_data)
soc_te = set_config('SOC-TE', sod_data)
camo_tr = set_config('CAMO-TR', sod_data)
camo_te = set_config('CAMO-TE', sod_data)
cod10k_tr = set_config('COD10K-TR', sod_data)  # with a camouflaged object only
cod10k_te = set_config('COD10K-TE', sod_data)
nc4k = set_config('NC4K', sod_data)
