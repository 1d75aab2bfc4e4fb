"""HTTP of a WEB proxy's client: requests, answers, and the two interfaces for long polling that relays have."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Final, NamedTuple

from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.framing.http11 import Headers, Responses, h11, header, request
from sansio_tl.proxy.web_frames import MAX_BATCH
from sansio_tl.reprs import rich_repr

LONG_POLL: Final = 25.0
"""Seconds that a relay of the second interface shall wait for frames."""
_FRAMES: Final = "application/octet-stream"


class HttpResponse(NamedTuple):
    """A whole answer of the relay."""

    head: h11.Response
    body: bytes

    def __repr__(self) -> str:
        return f"HttpResponse({self.head.status_code}, {len(self.body)} bytes)"

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)

    @property
    def status(self) -> int:
        """Its status."""
        return self.head.status_code

    def header(self, name: str) -> str:
        """A header; empty if there is none."""
        return header(self.head, name)


class HttpRequest(NamedTuple):
    """A request to the relay."""

    method: str
    target: str
    headers: Headers
    body: bytes = b""

    def __repr__(self) -> str:
        return f"HttpRequest({self.method}, {len(self.body)} bytes)"

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)


class HttpConnection:
    """One HTTP/1.1 connection: one request at a time."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._http = h11.Connection(h11.CLIENT)
        self._responses = Responses(self._http)
        self._head: h11.Response | None = None
        self._body = bytearray()
        self.upgrade: h11.InformationalResponse | None = None
        """The answer that switches to WebSocket."""

    @property
    def trailing(self) -> bytes:
        """The bytes after an upgrade."""
        data: bytes = self._http.trailing_data[0]
        return data

    @property
    def reusable(self) -> bool:
        """Whether another request can be made: not if anything follows an answer that nothing was asked for."""
        http = self._http
        return http.our_state is h11.IDLE and http.their_state is h11.IDLE and not http.trailing_data[0]

    def send(self, what: HttpRequest) -> bytes:
        """The bytes of a request."""
        headers = [("Host", self._host), *what.headers]
        if not what.body and what.method == "POST":
            headers.append(("Content-Length", "0"))
        return request(self._http, what.method, what.target, headers, what.body)

    def receive(self, data: bytes) -> HttpResponse | None:
        """Bytes of the relay, empty at the end of the stream; returns the answer once it is complete (TR11)."""
        self._http.receive_data(data)
        while (event := self._responses.read_event()) is not None:
            match event:
                case h11.InformationalResponse(status_code=101):
                    self.upgrade = event
                    return None
                case h11.Response():
                    self._head = event
                case h11.Data():
                    if len(self._body) + len(event.data) > MAX_BATCH:
                        raise RemoteProtocolError("TR19", f"WEB proxy: an answer of more than {MAX_BATCH} bytes")
                    self._body += event.data
                case h11.EndOfMessage() if self._head is not None:
                    answer = HttpResponse(self._head, bytes(self._body))
                    self._head = None
                    self._body.clear()
                    if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
                        self._http.start_next_cycle()
                    return answer
        return None


class Polls(ABC):
    """An interface for long polling: how requests are written, and their answers read."""

    @abstractmethod
    def up(self, number: int, body: bytes) -> HttpRequest:
        """Send frames."""

    @abstractmethod
    def is_accepted(self, number: int, answer: HttpResponse) -> bool:
        """Whether the relay has taken them."""

    @abstractmethod
    def down(self, cursor: str) -> HttpRequest:
        """Wait for frames."""

    @abstractmethod
    def cursor(self, answer: HttpResponse) -> str:
        """What the next request names."""

    @abstractmethod
    def end(self) -> HttpRequest:
        """End the session."""


class BridgePolls(Polls):
    """The interface of Telegram Desktop's page."""

    def __init__(self, base: str, token: str) -> None:
        self._base = base
        self._headers: Headers = [("Authorization", f"Bearer {token}"), ("Accept", "*/*")]

    def up(self, number: int, body: bytes) -> HttpRequest:
        """Send frames."""
        headers = [*self._headers, ("Content-Type", _FRAMES), ("X-Up-Seq", str(number))]
        return HttpRequest("POST", f"{self._base}api/v1/up", headers, body)

    def is_accepted(self, number: int, answer: HttpResponse) -> bool:
        """Whether the relay has taken them."""
        return answer.status in {200, 204} and answer.header("x-up-ack") in {"", str(number)}

    def down(self, cursor: str) -> HttpRequest:
        """Wait for frames."""
        return HttpRequest("POST", f"{self._base}api/v1/down", [*self._headers, ("X-Down-Cursor", cursor)])

    def cursor(self, answer: HttpResponse) -> str:
        """What the next request names."""
        return answer.header("x-down-cursor")

    def end(self) -> HttpRequest:
        """End the session."""
        return HttpRequest("DELETE", f"{self._base}api/v1/session", self._headers)


class JsonPolls(Polls):
    """The interface of Kurigram."""

    def __init__(self, base: str, session_id: str) -> None:
        self._session = f"{base}api/v1/session/{session_id}"

    def up(self, number: int, body: bytes) -> HttpRequest:
        """Send frames."""
        return HttpRequest("POST", f"{self._session}/up?seq={number}", [("Content-Type", _FRAMES)], body)

    def is_accepted(self, number: int, answer: HttpResponse) -> bool:
        """Whether the relay has taken them."""
        return answer.status in {200, 204}

    def down(self, cursor: str) -> HttpRequest:
        """Wait for frames."""
        return HttpRequest("GET", f"{self._session}/down?cursor={cursor}&wait={LONG_POLL * 1000:.0f}", [])

    def cursor(self, answer: HttpResponse) -> str:
        """What the next request names."""
        return answer.header("x-cursor")

    def end(self) -> HttpRequest:
        """End the session."""
        return HttpRequest("DELETE", self._session, [])
