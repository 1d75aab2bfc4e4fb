"""How many bytes a server holds for its clients (MS34): for a session, for its key, and for all keys together.

The counts nest: what is added for a session counts for its key and for the store of keys too, and leaves them when
the session or the key is forgotten.
"""

from __future__ import annotations


class Held:
    """A number of bytes that is part of a larger one."""

    __slots__ = ("count", "whole")

    def __init__(self, whole: Held | None = None) -> None:
        self.count = 0
        self.whole = whole
        """What it is part of; None: nothing, or its owner is forgotten."""

    def add(self, count: int) -> None:
        """So many more bytes are held, or fewer."""
        held: Held | None = self
        while held is not None:
            held.count += count
            held = held.whole

    def join(self, whole: Held) -> None:
        """From now on this is part of `whole`."""
        self.leave()
        self.whole = whole
        whole.add(self.count)

    def leave(self) -> None:
        """From now on this is part of nothing: its owner is forgotten."""
        if self.whole is not None:
            self.whole.add(-self.count)
            self.whole = None
