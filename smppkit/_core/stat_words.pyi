# The words have no Python face: the scanner of receipts cimports them.
