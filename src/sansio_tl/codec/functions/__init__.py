"""How functions are read and written."""
