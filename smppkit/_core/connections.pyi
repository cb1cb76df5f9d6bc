"""The TCP connections of a capture and the table that finds them."""
