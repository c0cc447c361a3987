"""Measure speed and memory against the usual alternatives, in one run."""

from srm_mmseg.cli.benchmark import main

if __name__ == '__main__':
    main()
