"""The receive buffer of all framings.

Every byte is copied a bounded number of times, whatever the sizes of the pieces that arrive (so that TR9 does not make
TR1 expensive):

- packets inside one piece are sliced from that piece at an advancing offset; the rest is not moved;
- a packet that arrives in several large pieces is joined once, when it is complete;
- small pieces are collected in a bytearray, which grows geometrically, so that each byte costs one byte, not an object.
"""

from __future__ import annotations

from typing import Final

_LARGE: Final = 4096
"""Pieces of at least this size are kept as objects of their own."""


class ReceiveBuffer:
    """A queue of bytes."""

    __slots__ = ("_data", "_more", "_start", "size")

    def __init__(self) -> None:
        self.size = 0
        """Number of unread bytes."""
        self._data = b""
        """The first piece; everything before `_start` has been read."""
        self._start = 0
        self._more: list[bytes | bytearray] = []
        """The pieces after `_data`."""

    def append(self, data: bytes | bytearray) -> None:
        """Add `data` at the end."""
        self.size += len(data)
        more = self._more
        if not more:
            rest = len(self._data) - self._start
            if not rest:
                self._data = bytes(data)  # no copy if it is bytes
                self._start = 0
                return
            if rest <= len(data) and rest < _LARGE:
                # A part of a packet, then its rest and more: this copies fewer bytes than have arrived.
                self._data = self._data[self._start :] + data
                self._start = 0
                return
        if len(data) >= _LARGE:
            more.append(bytes(data))
        elif more and type(more[-1]) is bytearray:
            more[-1] += data
        else:
            more.append(bytearray(data))

    def peek(self, size: int) -> bytes:
        """Up to `size` bytes from the front, without removing them."""
        start = self._start
        if self._more and len(self._data) - start < size:
            self._gather()
            start = 0
        return self._data[start : start + size]

    def take(self, size: int) -> bytes:
        """Remove and return the first `size` bytes; the caller has checked that there are so many."""
        return self.take_after(0, size)

    def take_after(self, skip: int, size: int) -> bytes:
        """Drop `skip` bytes (a header already peeked at), then remove and return `size`."""
        begin = self._start + skip
        end = begin + size
        self.size -= skip + size
        data = self._data
        if end < len(data):
            self._start = end
            return data[begin:end]
        if self._more:
            return self._take_across(skip, self.size)
        # The buffer is empty: release the memory, because a connection is idle most of the time.
        self._data = b""
        self._start = 0
        return data[begin:end]

    def _take_across(self, skip: int, left: int) -> bytes:
        """Remove and return everything except the first `skip` bytes, which are dropped, and the last `left`, which
        stay.
        """
        last = bytes(self._more.pop())
        begin = self._start + skip
        if begin > len(self._data) or left > len(last):
            # The header or the end is in one of the middle pieces: nothing has been read for a while.
            self._more.append(last)
            self._gather()
            self._start = len(self._data) - left
            return self._data[skip : self._start]
        cut = len(last) - left
        taken = b"".join((memoryview(self._data)[begin:], *self._more, memoryview(last)[:cut]))
        self._data, self._start = (last, cut) if left else (b"", 0)
        self._more.clear()
        return taken

    def _gather(self) -> None:
        """Join all pieces."""
        self._data = b"".join((memoryview(self._data)[self._start :], *self._more))
        self._start = 0
        self._more.clear()
