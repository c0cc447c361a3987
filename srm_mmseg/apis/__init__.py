"""Inference from Python."""
