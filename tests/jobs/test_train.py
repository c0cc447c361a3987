import pytest
from mmengine.config import Config

from srm_mmseg.engine.config_file import BadConfigError
from srm_mmseg.jobs.train import refuse_other_runners


@pytest.mark.parametrize(
    'setting',
    [dict(strategy=dict(type='FSDPStrategy')), dict(runner_type='FlexibleRunner')],
)
def test_other_runners_are_refused(setting):
    with pytest.raises(
        BadConfigError, match=f'Runner, .* but got {next(iter(setting))}=.*Leave it out'
    ):
        refuse_other_runners(Config(setting))


@pytest.mark.parametrize('setting', [dict(), dict(runner_type='Runner'), dict(strategy=None)])
def test_the_runner_that_trains_is_not(setting):
    refuse_other_runners(Config(setting))
