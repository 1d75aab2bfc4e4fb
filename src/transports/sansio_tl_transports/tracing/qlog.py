"""A tracer that writes a qlog file, which `sansio-tl trace FILE` shows.

    with QlogTracer("login.qlog") as tracer:
        async with open_client(config, tracer=tracer) as client: ...

The file is written in blocks: by `flush`, and with the first event that is a second later than the last block. Only its
owner may read it: it shows when the user was active, and with contents what they wrote.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sansio_tl.trace import TraceEvent
from sansio_tl_transports.tracing.qlog_format import (
    RECORD_SEPARATOR,
    Header,
    QlogEvent,
    header,
    read_header,
    read_record,
    record,
)

_LOG: Final = logging.getLogger("sansio_tl.trace")
_BLOCK: Final = 1 << 16
"""Bytes that are kept before they are written."""
_DELAY: Final = 1.0
"""Seconds, at most, from an event to the next after which both are written."""
_MAX_RECORD: Final = 1 << 20


class QlogTracer:
    """Writes events to a file. Clients in several threads may share it."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        title: str = "",
        vantage_point: str = "client",
        max_bytes: int | None = None,
        wants_contents: bool = False,
    ) -> None:
        """Create the file, or replace it; only its owner may read it (mode 0600).

        Args:
            path: of the file; it usually ends in ``.qlog``.
            title: of the trace.
            vantage_point: "client", "server", or "network" for both.
            max_bytes: events that would make the file larger are dropped, and counted in `dropped`.
            wants_contents: whether the values of messages are recorded, secrets masked: texts of messages are not
                secrets in this sense.

        Raises OSError when the file cannot be created.
        """
        self.wants_contents = wants_contents
        """Whether the engine records contents."""
        self.dropped = 0
        """Events that were not written: the file is full, or could not be written."""
        self._title = title
        self._vantage_point = vantage_point
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._buffer = bytearray()
        self._size = 0
        self._started_at: float | None = None
        self._written_at = 0.0
        flags = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)  # of POSIX, of Windows
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | flags, 0o600)
        self._file: int | None = descriptor
        if hasattr(os, "fchmod"):
            os.fchmod(descriptor, 0o600)  # it may have existed

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def record(self, event: TraceEvent, now: float) -> None:
        """Write an event. Never raises: the first error is logged, and what follows is dropped."""
        self.record_in("", event, now)

    def record_in(self, group: str, event: TraceEvent, now: float) -> None:
        """Write an event of a part of the trace, such as one of several clients."""
        with self._lock:
            if self._file is None:
                self.dropped += 1
                return
            if self._started_at is None:
                self._start(now)
            line = record(event, now - (self._started_at or 0.0), group)
            if self._max_bytes is not None and self._size + len(line) > self._max_bytes:
                self.dropped += 1
                return
            self._put(line)
            if len(self._buffer) >= _BLOCK or abs(now - self._written_at) > _DELAY:
                self._write(now)

    def part(self, group: str) -> QlogPart:
        """A tracer that writes to this file under a name of its own."""
        return QlogPart(self, group)

    def flush(self) -> None:
        """Write what is kept."""
        with self._lock:
            self._write(self._written_at)

    def close(self) -> None:
        """Write what is kept, and close the file. A second call has no effect."""
        with self._lock:
            if self._file is not None and self._started_at is None:
                self._start(0.0)
            self._write(self._written_at)
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def _start(self, now: float) -> None:
        self._started_at = self._written_at = now
        self._put(header(self._title, self._vantage_point, now))

    def _put(self, line: bytes) -> None:
        self._buffer += line
        self._size += len(line)

    def _write(self, now: float) -> None:
        self._written_at = now
        if self._file is None:
            return
        try:
            while self._buffer:
                del self._buffer[: os.write(self._file, self._buffer)]
        except OSError as error:
            _LOG.warning("the trace ends here: %s", error)
            os.close(self._file)
            self._file = None
            self.dropped += self._buffer.count(RECORD_SEPARATOR)
            self._buffer.clear()


class QlogPart:
    """Writes to the file of a `QlogTracer`, under a name."""

    def __init__(self, tracer: QlogTracer, group: str) -> None:
        self.wants_contents = tracer.wants_contents
        """Whether the engine records contents."""
        self._tracer = tracer
        self._group = group

    def record(self, event: TraceEvent, now: float) -> None:
        """Write an event."""
        self._tracer.record_in(self._group, event, now)


def read_qlog(path: str | os.PathLike[str]) -> tuple[Header, Iterator[QlogEvent]]:
    """The header of a file that `QlogTracer` has written, and its events.

    A last record that is incomplete, because the file is still written, is left out. Raises OSError, and ValueError for
    what is not such a file, also while the events are read.
    """
    records = _records(Path(path))
    first = next(records, b"")
    return read_header(first), (event for event in map(read_record, records) if event is not None)


def _records(path: Path) -> Iterator[bytes]:
    """The texts of the records."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(_MAX_RECORD):
            number += 1
            if not line.endswith(b"\n"):
                if len(line) >= _MAX_RECORD:
                    raise ValueError(f"invalid qlog file: record {number} has more than {_MAX_RECORD} bytes")
                return
            if not line.startswith(RECORD_SEPARATOR):
                raise ValueError(f"invalid qlog file: record {number} does not begin with the byte 0x1E")
            yield line[1:]
