"""Compute saliency maps, cut-outs and overlays of photographs and videos."""

from srm_mmseg.cli.infer import main

if __name__ == '__main__':
    main()
