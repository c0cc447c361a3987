"""Draw batches as the model sees them: after loading, augmentation and normalisation."""

from srm_mmseg.cli.browse_dataset import main

if __name__ == '__main__':
    main()
