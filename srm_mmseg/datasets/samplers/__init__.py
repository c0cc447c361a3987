"""Samplers: which images a batch has."""
