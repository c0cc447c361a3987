"""Lay a standard data set out as the configs read it, from its archives or an unpacked folder."""

from srm_mmseg.cli.prepare_dataset import main

if __name__ == '__main__':
    main()
