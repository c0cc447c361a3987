"""Files of a model that run without the toolbox."""
