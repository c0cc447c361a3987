"""Score two maps that look at no image: the floor that a model has to beat."""

from srm_mmseg.cli.score_priors import main

if __name__ == '__main__':
    main()
