"""Networks of the field that ``benchmark.py infer --peers`` races, a file each, and the race.

Architectures are written from the papers, with seeded random weights: only time counts.
"""
