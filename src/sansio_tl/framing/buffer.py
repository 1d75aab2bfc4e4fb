"""Bytes that have arrived and were not yet taken: the one buffer under all framings.

Every byte is moved a bounded number of times, whatever the sizes of the pieces (TR9 must not cost TR1):
a packet that comes byte by byte is appended to a bytearray, which grows geometrically, and many packets in one piece
are sliced out of that very piece, past a moving start, instead of shifting the rest down each time.
"""

from __future__ import annotations


class ReceiveBuffer:
    """A queue of bytes. `len()` is what is left to take."""

    __slots__ = ("_data", "_start")

    def __init__(self) -> None:
        self._data: bytes | bytearray = b""
        self._start = 0

    def __len__(self) -> int:
        return len(self._data) - self._start

    def append(self, data: bytes | bytearray) -> None:
        """Add `data` at the end."""
        stored = self._data
        if self._start == len(stored):
            # Nothing is left: keep the caller's own object and slice packets straight out of it.
            self._data = data if type(data) is bytes else bytes(data)
            self._start = 0
            return
        if type(stored) is not bytearray:
            self._data = stored = bytearray(memoryview(stored)[self._start :])
            self._start = 0
        elif self._start > len(stored) // 2:
            # More was taken than is left, so moving the rest is paid for by what was taken.
            del stored[: self._start]
            self._start = 0
        stored += data

    def peek(self, size: int) -> bytes:
        """Up to `size` bytes from the front, left in place."""
        return bytes(self._data[self._start : self._start + size])

    def take(self, size: int) -> bytes:
        """Remove and return the first `size` bytes; the caller has checked that they are there."""
        return self.take_after(0, size)

    def take_after(self, skip: int, size: int) -> bytes:
        """Drop `skip` bytes (a header already peeked at), then remove and return `size`."""
        begin = self._start + skip
        end = begin + size
        data = self._data
        if type(data) is bytes:
            taken = data[begin:end]
        else:
            with memoryview(data) as view, view[begin:end] as window:
                taken = bytes(window)
        if end == len(data):
            self._data = b""  # give the memory back: a link is idle far longer than it is busy
            self._start = 0
        else:
            self._start = end
        return taken
