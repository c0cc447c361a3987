"""Build step of srm_mmseg: a wheel also holds the configs and tools. All else is in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithConfigs(build_py):
    """Puts configs, tools and ``model-index.yml`` into ``srm_mmseg/.mim``, as MMSegmentation does."""

    def run(self) -> None:
        """Copy the package, then what is beside it in the clone."""
        super().run()
        if self.editable_mode:  # the clone has them
            return
        root = Path(__file__).parent
        target = Path(self.build_lib, 'srm_mmseg/.mim')
        shutil.rmtree(target, ignore_errors=True)
        for name in ('configs', 'tools'):
            leave_out = shutil.ignore_patterns('__pycache__')
            shutil.copytree(root / name, target / name, ignore=leave_out)
        shutil.copy(root / 'model-index.yml', target)


setup(cmdclass={'build_py': BuildWithConfigs})
