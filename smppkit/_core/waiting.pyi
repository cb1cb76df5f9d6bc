"""Segments of a stream that came too early: they wait for the octets before them."""
