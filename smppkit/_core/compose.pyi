# Composing has no Python face: build cimports it.
