"""Serve a page that draws the maps of photographs and cuts their objects out."""

from srm_mmseg.cli.app import main

if __name__ == '__main__':
    main()
