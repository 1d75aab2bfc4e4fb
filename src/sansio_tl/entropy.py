"""Randomness is an argument: the caller of the engine supplies its source."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Entropy: TypeAlias = Callable[[int], bytes]
"""`entropy(n)` returns n bytes. `os.urandom` in production; a seeded stream in tests, simulation and replay."""
