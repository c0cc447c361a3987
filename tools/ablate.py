"""Train configs that differ in one thing, and lay their scores side by side."""

from srm_mmseg.cli.ablate import main

if __name__ == '__main__':
    main()
