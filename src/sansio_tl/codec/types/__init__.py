"""How types are read and written."""
