"""Export a model to a file that runs without the toolbox, and check the file against the model."""

from srm_mmseg.cli.export import main
from srm_mmseg.model_file import open_model as load_model  # noqa: F401  for programs that import it

if __name__ == '__main__':
    main()
