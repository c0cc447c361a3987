"""Score every stage of a model and draw their maps side by side."""

from srm_mmseg.cli.compare_stages import main

if __name__ == '__main__':
    main()
