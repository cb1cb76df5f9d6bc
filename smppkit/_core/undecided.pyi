"""Streams of which it is not known yet whether they are SMPP: what came is remembered until a header is seen."""
