"""The invariants of every simulation: one file each."""
