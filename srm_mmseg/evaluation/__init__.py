"""Measures: pure functions in ``functional``, MMSegmentation metrics beside it."""
