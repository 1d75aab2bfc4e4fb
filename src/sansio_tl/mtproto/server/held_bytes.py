"""How many bytes a server holds for its clients (MS34): for a session, for its key, and for all keys together.

The counts nest: what is added for a session counts for its key and for the store of keys too, and leaves them when
the session or the key is forgotten. The requests that the application has received and not answered are an exception:
the application still holds them when their session and their key are gone, so they count until it has answered.
"""

from __future__ import annotations

from typing import Final


class Held:
    """A number of bytes that is part of a larger one."""

    __slots__ = ("count", "whole")

    def __init__(self, whole: Held | None = None) -> None:
        self.count = 0
        """The number."""
        self.whole = whole
        """What it is part of; None: nothing, or its owner is forgotten."""

    def add(self, count: int) -> None:
        """So many more bytes are held, or fewer."""
        self.count += count
        if self.whole is not None:
            self.whole.add(count)

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


class HeldBytes:
    """The bytes of one owner: a session, a key, or a store of keys."""

    __slots__ = ("in_application", "in_engine")

    def __init__(self, whole: HeldBytes | None = None) -> None:
        self.in_engine: Final[Held] = Held(None if whole is None else whole.in_engine)
        """Requests that the application has not received, and answers that are not acknowledged."""
        self.in_application: Final[Held] = Held(None if whole is None else whole.in_application)
        """Requests that the application has received and not answered, dropped ones too."""

    @property
    def count(self) -> int:
        """All of them."""
        return self.in_engine.count + self.in_application.count

    def join(self, whole: HeldBytes) -> None:
        """From now on this is part of `whole`."""
        self.in_engine.join(whole.in_engine)
        self.in_application.join(whole.in_application)

    def leave(self) -> None:
        """The owner is forgotten: only what the application holds still counts for the whole."""
        self.in_engine.leave()
