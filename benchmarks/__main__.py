"""Run every benchmark: ``python -m benchmarks``."""

from .codec import main

main()
