"""``python -m srm_mmseg COMMAND ...``: the same as ``srm-mmseg COMMAND ...``."""

from srm_mmseg.cli.main import main

if __name__ == '__main__':
    main()
