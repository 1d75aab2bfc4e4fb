"""What the clients of a fleet await before each attempt to connect, so that not all of them connect at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Final

GATE: Final[ContextVar[Callable[[], Awaitable[object]] | None]] = ContextVar("gate", default=None)
"""Read when a client is opened."""
