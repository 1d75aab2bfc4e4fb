"""HTTP/1.1 through h11: what the HTTP framings and the WebSocket upgrade have in common.

Needs h11 (the extra `http`). Its errors are translated: an invalid message from the peer is TR11, an end of the stream
inside a message TR10, and invalid arguments (a host or path that no request may carry) a LocalProtocolError. h11 itself
limits request lines and headers to 16 KiB.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
from sansio_tl.framing.base import KEY_ID_SIZE
from sansio_tl.limits import Limits

try:
    import h11
except ImportError as missing:
    raise ImportError("HTTP needs h11. The extra http brings it: pip install '.[http]' in a checkout") from missing

__all__ = [
    "Body",
    "Chunks",
    "Headers",
    "Responses",
    "h11",
    "header",
    "read_event",
    "request",
    "response",
    "switch_protocols",
]

Headers: TypeAlias = list[tuple[str, str]]

_MAX_INFORMATIONAL: Final = 8
"""Informational responses (1xx) allowed before a final one. Real servers send one or two: 100 and 103."""

_MAX_CHUNKS: Final = 1024
"""Chunks of a body. More are allowed if they have 1,024 bytes on average: small ones cost far more time than their
bytes.
"""

_SWITCHING: Final = 101


def read_event(http: h11.Connection) -> h11.Event | None:
    """The next event that `http` has parsed, or None until more data arrives (or the stream has ended)."""
    try:
        event = http.next_event()
    except h11.RemoteProtocolError as error:
        check = "TR10" if http.trailing_data[1] else "TR11"
        raise RemoteProtocolError(check, f"HTTP: {error}") from error
    # NEED_DATA and PAUSED are types.
    return None if isinstance(event, (type, h11.ConnectionClosed)) else event


class Chunks:
    """TR11: bounds the number of chunks in one body."""

    def __init__(self) -> None:
        self._chunks = 0
        self._size = 0

    def check(self, event: Any) -> None:
        """Count an event of a message. Raises RemoteProtocolError."""
        if isinstance(event, h11.EndOfMessage):
            self._chunks = self._size = 0
        elif isinstance(event, h11.Data):
            received: Any = event  # h11 declares bytes, and gives a bytearray: a compiled engine checks that
            self._chunks += received.chunk_end
            self._size += len(received.data)
            if self._chunks > _MAX_CHUNKS + (self._size >> 10):
                raise RemoteProtocolError("TR11", f"HTTP: more than {_MAX_CHUNKS} small chunks in a body")


class Responses:
    """The events of a client's connection. Each final response may follow a few informational ones, and may have a few
    small chunks (TR11): both cost time to parse, and carry little or no information.
    """

    def __init__(self, http: h11.Connection) -> None:
        self._http = http
        self._informational = 0
        self._chunks = Chunks()

    def read_event(self) -> h11.Event | None:
        """See `read_event`."""
        event = read_event(self._http)
        self._chunks.check(event)
        if isinstance(event, h11.InformationalResponse) and event.status_code != _SWITCHING:
            self._informational += 1
            if self._informational > _MAX_INFORMATIONAL:
                raise RemoteProtocolError(
                    "TR11", f"HTTP: more than {_MAX_INFORMATIONAL} informational responses before a final one"
                )
        elif isinstance(event, h11.Response):
            self._informational = 0
        return event


def request(http: h11.Connection, method: str, target: str, headers: Headers, body: bytes = b"") -> bytes:
    """A serialised request. Raises LocalProtocolError when `target` or a header has forbidden characters."""
    if body:
        headers = [*headers, ("Content-Length", str(len(body)))]
    try:
        return _send(http, h11.Request(method=method, target=target, headers=headers), body)
    except (h11.LocalProtocolError, UnicodeError) as error:
        raise LocalProtocolError(f"HTTP: {error}") from error


def response(
    http: h11.Connection, status: int, headers: Headers, body: bytes = b"", *, has_body: bool = True, reason: str = ""
) -> bytes:
    """A serialised response; without its body for HEAD."""
    if status != 204:
        headers = [*headers, ("Content-Length", str(len(body)))]
    return _send(http, h11.Response(status_code=status, headers=headers, reason=reason), body if has_body else b"")


def switch_protocols(http: h11.Connection, headers: Headers) -> bytes:
    """The serialised response that accepts an upgrade: no HTTP follows."""
    head = h11.InformationalResponse(status_code=101, headers=headers, reason="Switching Protocols")
    return http.send(head) or b""


def _send(http: h11.Connection, head: h11.Request | h11.Response, body: bytes) -> bytes:
    events: list[h11.Event] = [head, h11.EndOfMessage()]
    if body:
        events.insert(1, h11.Data(data=body))
    return b"".join(http.send(event) or b"" for event in events)


def header(event: h11.Request | h11.Response | h11.InformationalResponse, name: str) -> str:
    """The value of a header, empty when it is absent; repeated headers are joined by commas."""
    return ", ".join(value.decode("latin-1") for key, value in event.headers if key == name.encode("ascii"))


class Body:
    """The body of a message, collected up to a size limit (TR1)."""

    def __init__(self, largest: int, limits: Limits) -> None:
        self._limit = largest
        self._large = limits.max_plain_packet
        self._data = bytearray()
        self.check_key: Callable[[bytes], object] | None = None
        """Checks the beginning of a body that is too large for a plain message (TR14)."""
        self._checked = False

    def announce(self, head: h11.Request | h11.Response) -> None:
        """Reject a body by its Content-Length, before any of it has arrived."""
        length = header(head, "content-length")
        # h11 has checked that it is one number of up to 20 digits.
        self._check(int(length) if length else 0)

    def extend(self, piece: Any) -> None:
        """Add the data of an h11.Data event. It is annotated as bytes but is a bytearray, which compiled code does not
        accept.
        """
        self._check(len(self._data) + len(piece.data))
        self._data += piece.data
        if not self._checked and len(self._data) > self._large:
            self._checked = True
            if self.check_key is not None:
                self.check_key(bytes(self._data[:KEY_ID_SIZE]))

    def take(self) -> bytes:
        """Return the whole body and start the next one."""
        data = bytes(self._data)
        self._data.clear()
        self._checked = False
        return data

    def _check(self, length: int) -> None:
        if length > self._limit:
            raise RemoteProtocolError("TR1", f"an HTTP body of {length} bytes is above {self._limit}")
