"""Export a model to a file that runs without the toolbox, and check the file against the model."""

from srm_mmseg.cli.export import main

if __name__ == '__main__':
    main()
