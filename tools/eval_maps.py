"""Score folders of saliency maps, several methods side by side."""

from srm_mmseg.cli.eval_maps import main

if __name__ == '__main__':
    main()
