"""Segments that come far from both ends of many runs: they are put aside, and many of them sorted in together."""
