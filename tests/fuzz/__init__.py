"""Fuzzing: what an attacker may send, thrown at every place that reads it. See docs/fuzzing.md."""
