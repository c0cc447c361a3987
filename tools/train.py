"""Train a model: ``python tools/train.py configs/srm_r50_duts.py``."""

from srm_mmseg.cli.train import main

if __name__ == '__main__':
    main()
