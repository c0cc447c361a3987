from importlib import import_module

import mmengine.registry
import mmseg.registry
import pytest
from helpers import TOOLBOX, refusing, run

PACKAGES = ('models', 'datasets', 'evaluation', 'engine')


def exported(package):
    module = import_module(f'srm_mmseg.{package}')
    return {name: getattr(module, name) for name in module.__all__}


@pytest.mark.parametrize('package', PACKAGES)
def test_a_package_has_its_public_names(package):
    names = exported(package)
    assert len(names) >= 2
    for name, found in names.items():
        assert found.__name__ == name and found.__module__.startswith(f'srm_mmseg.{package}.')


def test_every_registered_class_can_be_imported_from_its_package():
    names = {
        **vars(mmengine.registry),
        **{f'mmseg {k}': v for k, v in vars(mmseg.registry).items()},
    }
    registries = [one for one in names.values() if isinstance(one, mmengine.registry.Registry)]
    registered = {found for one in registries for found in one.module_dict.values()}
    ours = {found for found in registered if found.__module__.startswith('srm_mmseg.')}
    classes = {found for found in ours if isinstance(found, type)}
    assert len(classes) >= 20
    assert classes <= {found for package in PACKAGES for found in exported(package).values()}


def test_a_name_that_there_is_not_tells_those_that_there_are():
    with pytest.raises(ImportError, match='SRMHaed'):
        from srm_mmseg.models import SRMHaed  # noqa: F401
    with pytest.raises(AttributeError, match='SRMHead, StagewiseBackbone.*but got .Nothing'):
        _ = import_module('srm_mmseg.models').Nothing


def test_importing_a_package_is_light():
    packages = ', '.join(f'srm_mmseg.{package}' for package in PACKAGES)
    run('python', '-c', f'{refusing(*TOOLBOX, "numpy")}import {packages}')
