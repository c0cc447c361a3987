"""Evaluate a model: ``python tools/test.py CONFIG CHECKPOINT``."""

from srm_mmseg.cli.test import main

if __name__ == '__main__':
    main()
