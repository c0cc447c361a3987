"""Where tools look for the graph; it lives in ``srm_mmseg.saliency.saliency_graph``."""

from srm_mmseg.saliency.saliency_graph import SaliencyGraph

__all__ = ['SaliencyGraph']
