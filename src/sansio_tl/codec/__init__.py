"""Values to bytes and bytes to values, by the shipped schema."""
