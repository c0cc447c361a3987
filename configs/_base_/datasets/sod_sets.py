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
