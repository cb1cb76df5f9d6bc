# The derived columns have no Python face: rows cimports them.
