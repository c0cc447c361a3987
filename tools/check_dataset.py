"""Check a data set: what makes training or scores wrong is a fault, what is worth knowing a note."""

from srm_mmseg.cli.check_dataset import main

if __name__ == '__main__':
    main()
