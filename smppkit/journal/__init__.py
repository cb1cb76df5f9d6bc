"""Logs of PDUs: what one is, one in memory, and packet captures read and written."""
