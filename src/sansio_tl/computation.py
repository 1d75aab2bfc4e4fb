"""A slow computation that the engine leaves to its driver."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class Compute:
    """Call `job()`, in a thread if you like, and pass its return value to `receive_computed`. It never raises."""

    job: Callable[[], object] = field(repr=False)
