"""The Cython core: bytes and arrays only."""
