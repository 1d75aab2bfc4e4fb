"""Bytes that have arrived and were not yet taken: the one buffer under all framings.

Every byte is moved a bounded number of times, whatever the sizes of the pieces (TR9 must not cost TR1):

- packets inside one piece are sliced out of that very piece, past a moving start: the rest is never shifted down;
- a packet that comes in many large pieces is joined once, when it is complete;
- small pieces are collected in a bytearray, which grows geometrically, so that a byte costs a byte and not an object.
"""

from __future__ import annotations

from typing import Final

_LARGE: Final = 4096
"""A piece of this size is worth an object of its own."""


class ReceiveBuffer:
    """A queue of bytes."""

    __slots__ = ("_data", "_more", "_start", "size")

    def __init__(self) -> None:
        self.size = 0
        """How many bytes are left to take."""
        self._data = b""
        """The front, of which everything before `_start` was taken."""
        self._start = 0
        self._more: list[bytes | bytearray] = []
        """What came after it and has not been needed yet."""

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
                # The part of a packet before the rest of it and others: what is moved is less than what came.
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
        """Up to `size` bytes from the front, left in place."""
        start = self._start
        if self._more and len(self._data) - start < size:
            self._gather()
            start = 0
        return self._data[start : start + size]

    def take(self, size: int) -> bytes:
        """Remove and return the first `size` bytes; the caller has checked that they are there."""
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
        # Nothing is left: give the memory back, because a link is idle far longer than it is busy.
        self._data = b""
        self._start = 0
        return data[begin:end]

    def _take_across(self, skip: int, left: int) -> bytes:
        """Take all but the first `skip` bytes and the last `left`, and keep those."""
        last = bytes(self._more.pop())
        begin = self._start + skip
        if begin > len(self._data) or left > len(last):
            # The header or the end is in the middle of the pieces: nobody looked at them for a while.
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
        """Make one piece of all."""
        self._data = b"".join((memoryview(self._data)[self._start :], *self._more))
        self._start = 0
        self._more.clear()
