"""Checks of a data set: what makes training or scores wrong, and what is worth knowing."""
