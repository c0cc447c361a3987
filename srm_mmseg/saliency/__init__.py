"""The map's own room: from logits to the file that holds a map.

What is here imports neither evaluation, inference, export nor hooks, which all import it. Modules of
arrays need numpy and OpenCV alone; those of tensors need PyTorch too.
"""
