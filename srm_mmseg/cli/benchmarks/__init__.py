"""The subcommands of ``tools/benchmark.py``."""
