"""What the commands do that need PyTorch or the toolbox; ``srm_mmseg.cli`` reads their arguments."""
