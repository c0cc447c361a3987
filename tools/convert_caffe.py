"""Convert the authors' Caffe files to checkpoints, without Caffe."""

from srm_mmseg.cli.convert_caffe import main

if __name__ == '__main__':
    main()
