# The loop has no Python face: columns cimports it.
