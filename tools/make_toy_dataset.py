"""Write a procedural salient object data set in the layout of DUTS."""

from srm_mmseg.cli.make_toy_dataset import main

if __name__ == '__main__':
    main()
