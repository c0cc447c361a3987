"""Package of srm_mmseg."""

import re
from pathlib import Path

from setuptools import find_packages, setup

root = Path(__file__).parent
version = re.search(r"__version__ = '(.+)'", (root / 'srm_mmseg/__init__.py').read_text())

setup(
    name='srm-mmseg',
    version=version.group(1),
    description='Salient object detection for MMSegmentation: the Stagewise Refinement Model',
    long_description=(root / 'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    packages=find_packages(include=['srm_mmseg', 'srm_mmseg.*']),
    python_requires='>=3.11',
    # av (PyAV) is imported for videos only: photographs are drawn without it.
    install_requires=[
        *('av>=18.1', 'filelock', 'matplotlib', 'numpy', 'opencv-python', 'pillow', 'torch>=2.6'),
        'tqdm',
    ],
    extras_require={
        # One of the two distributions of the toolbox; both provide mmseg, mmcv and mmengine.
        'onedl': [
            'onedl-mmsegmentation>=1.4.2',
            'onedl-mmcv>=2.3.6',
            'onedl-mmengine>=0.10.12',
        ],
        'openmmlab': ['mmsegmentation==1.2.2', 'mmcv==2.1.0', 'mmengine==0.10.7', 'ftfy', 'regex'],
        'app': ['gradio>=6'],  # tools/app.py
        'caffe': ['protobuf'],  # tools/convert_caffe.py
        'export': ['onnx', 'onnxruntime', 'onnxscript'],  # tools/export.py --format onnx
        # The tests compare with PySODMetrics, whose own pins would bring a second OpenCV:
        # pip install --no-deps pysodmetrics. It imports scikit-image, scikit-learn and scipy.
        'test': [
            *('hypothesis', 'onnx', 'onnxruntime', 'onnxscript', 'protobuf', 'pytest'),
            *('pytest-xdist', 'scikit-image', 'scikit-learn', 'scipy', 'tensorboard'),
        ],
        # make docs, and the slow test of the notebook
        'docs': [
            *('ipykernel', 'mkdocs-jupyter', 'mkdocs-material', 'mkdocstrings[python]', 'nbclient'),
            'ruff',
        ],
        'browser': ['selenium'],  # slow tests of tools/app.py; chromium and chromedriver as well
        'dev': ['codespell', 'interrogate', 'mypy', 'pre-commit', 'ruff'],
    },
)
