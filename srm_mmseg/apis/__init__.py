"""Inference from Python; importing it needs neither the toolbox nor PyTorch."""

from srm_mmseg.apis.inferencer import Failure, Saliency, SaliencyInferencer

__all__ = ['Failure', 'Saliency', 'SaliencyInferencer']
