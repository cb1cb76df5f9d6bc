"""One direction of a TCP connection: segments as they were captured go in, octets in order come out."""
