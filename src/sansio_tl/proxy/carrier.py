"""The interface of what carries the bytes of a framing after the handshake with a WEB proxy.

A proxy of another kind needs none: its connection carries the bytes as they are.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

from sansio_tl.errors.protocol import RemoteProtocolError


class Lane(ABC):
    """A connection to the proxy, and those that follow it."""

    deadline = math.inf
    """When `on_deadline` has to be called."""

    @property
    @abstractmethod
    def finished(self) -> bool:
        """Whether the present connection is of no more use: close it."""

    @property
    @abstractmethod
    def reopens(self) -> bool:
        """Whether another connection shall be opened after this one."""

    @abstractmethod
    def restart(self) -> None:
        """There is another connection."""

    @abstractmethod
    def receive_data(self, data: bytes, now: float) -> None:
        """Bytes of the proxy; empty at the end of the stream."""

    @abstractmethod
    def lost(self, reason: str) -> None:
        """The connection is broken, or could not be opened."""

    @abstractmethod
    def has_output(self) -> bool:
        """Whether `data_to_send` returns bytes."""

    @abstractmethod
    def data_to_send(self, now: float) -> bytes:
        """The bytes to write now."""

    @abstractmethod
    def on_deadline(self) -> None:
        """The deadline has passed."""


class Carrier(ABC):
    """The bytes of a stream, and the connections that carry it: `lanes`, one or two.

    The driver passes to each lane what arrives, and writes what it returns. Afterwards, `take_received` has bytes of
    the stream, and `failure` why there will be no more.
    """

    def __init__(self) -> None:
        self.lanes: tuple[Lane, ...] = ()
        self.failure: RemoteProtocolError | None = None
        """Why the stream has ended."""
        self.closed = False
        """Whether this side has ended the stream."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more is sent or received."""
        return self.closed or self.failure is not None

    @property
    @abstractmethod
    def accepts(self) -> bool:
        """Whether more bytes should be passed to `send` now."""

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Send bytes of the stream. Raises LocalProtocolError after the end."""

    @abstractmethod
    def take_received(self) -> bytes:
        """The bytes of the stream that have arrived."""

    def close(self) -> None:
        """End the stream."""
        self.closed = True

    def next_deadline(self) -> float | None:
        """When to call `handle_deadline`."""
        if self.is_over:
            return None
        deadline = min((lane.deadline for lane in self.lanes), default=math.inf)
        return None if deadline == math.inf else deadline

    def handle_deadline(self, now: float) -> None:
        """A deadline may have passed."""
        for lane in self.lanes:
            if not self.is_over and lane.deadline <= now:
                lane.on_deadline()
