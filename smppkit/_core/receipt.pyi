# The scanner has no Python face: other modules of the core cimport it.
