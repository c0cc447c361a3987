"""Plot the losses and the scores of training runs."""

from srm_mmseg.cli.plot_log import main

if __name__ == '__main__':
    main()
