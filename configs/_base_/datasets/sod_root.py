# The folder of all data sets: the environment variable SOD_DATA, or data/.
_base_ = 'sod_pipelines.py'
import os  # noqa: E402  Below _base_: above it the toolbox takes the file for its other kind of config.

sod_data = os.path.expanduser(os.environ.get('SOD_DATA') or 'data')
