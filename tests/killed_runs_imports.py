"""What the server of ``killed_runs`` imports once; each run is a fork of it."""

import torch

import srm_mmseg.jobs.train  # noqa: F401

torch.set_num_threads(1)
