"""The authors' Caffe files: reading them, and where their numbers go."""
