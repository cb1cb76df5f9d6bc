"""Run every benchmark beside rivals: ``python -m benchmarks``."""

from . import codec, sending

codec.main()
sending.main([])
