# Sentences have no Python face: troubles cimports them.
