"""MTProto over HTTP, server side: each request is a packet and is answered with one.

Outgoing packets are queued until a request can carry them as its response: the one to which they belong, or a long poll
that the client keeps open. Requests that arrive before the first one is answered (pipelining) are delivered at once and
answered in order; the number of open requests is bounded.

A browser first sends a preflight request (OPTIONS, CORS); `AllowedOrigins` decides which pages are allowed. TR11:
requests arrive in any pieces and with keep-alive; a body that is no packet gets an HTTP error status.
https://core.telegram.org/mtproto/mtproto-transports#http
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.framing.allowed_origins import ANY_ORIGIN, AllowedOrigins
from sansio_tl.framing.events import FramingEvent, Packet
from sansio_tl.framing.http11 import Body, Headers, h11, header, read_event, response
from sansio_tl.framing.packets import CODE, PacketFraming
from sansio_tl.limits import Limits
from sansio_tl.role import Role

_MAX_PIPELINED: Final = 64
"""Maximum number of open requests. Clients send one at a time, some a few."""

_PREFLIGHT_HEADERS: Final[Headers] = [
    ("Access-Control-Allow-Methods", "POST, OPTIONS"),
    ("Access-Control-Allow-Headers", "origin, content-type"),
    ("Access-Control-Max-Age", "86400"),
]


class UpgradeRequested(Exception):
    """Raised by `next_event`: the client upgrades this connection to a WebSocket."""

    def __init__(self, http: h11.Connection, head: h11.Request) -> None:
        super().__init__("the client requests an upgrade to WebSocket")
        self.http = http
        """The parser that has read the request's head, and holds whatever came after it."""
        self.head = head


class _Answer(NamedTuple):
    status: int
    headers: Headers
    body: bytes = b""


_READ: Final = {h11.DONE, h11.MUST_CLOSE, h11.CLOSED}
"""States of a client whose request is complete."""

_NOTHING: Final = _Answer(200, [])
_FORBIDDEN: Final = _Answer(403, [])
_STATUS_OF_CHECK: Final = {"TR1": 413, "TR14": 413}
"""HTTP status for a check that a request failed; 400 for all others."""


class HttpServer(PacketFraming):
    """The server side of one HTTP connection. `next_event` may raise UpgradeRequested."""

    name = "http"

    def __init__(self, limits: Limits | None = None, *, origins: AllowedOrigins = ANY_ORIGIN) -> None:
        super().__init__(Role.SERVER, limits)
        self._origins = origins
        self._http = h11.Connection(h11.SERVER)
        self._body = Body(self._max_incoming, self._limits)
        self._reply: _Answer | None = None
        """The response to the current request, if it carries no packet."""
        self._cors: Headers = []
        """The CORS headers of the response to the current request."""
        self._owed: deque[tuple[h11.Connection, Headers, _Answer | None]] = deque()
        """Open requests in order, each with the h11 connection that frames its response, the CORS headers, and the
        reply if it is known."""
        self._answers: deque[_Answer] = deque()
        self._out: list[bytes] = []
        self._finished = False
        self._receive = self._take_in
        self._next = self._read

    def check_large_packets(self, check: Callable[[bytes], object]) -> None:
        """The packet is the body of a message."""
        super().check_large_packets(check)
        self._body.check_key = check

    @property
    def polled(self) -> bool:
        """Always true: a response needs its request."""
        return True

    @property
    def has_pending_poll(self) -> bool:
        """Whether the client waits for a response that is not queued yet."""
        return sum(reply is None for _, _, reply in self._owed) > len(self._answers)

    def send_nothing(self) -> None:
        """Answer the oldest open request without a packet: there was nothing to send."""
        if self.has_pending_poll:
            self._answers.append(_NOTHING)

    @property
    def finished(self) -> bool:
        """Whether the connection ends after the last response, which is written or queued."""
        return self._finished

    def _take_in(self, data: bytes) -> None:
        if data:
            self._http.receive_data(data)

    def _end(self) -> None:
        self._http.receive_data(b"")

    def _forget_input(self) -> None:
        self._body = Body(self._max_incoming, self._limits)

    def _check_end(self) -> None:
        """h11 detects an end inside a request."""

    def _read(self) -> FramingEvent | None:
        try:
            return self._read_event()
        except RemoteProtocolError as error:
            self._reject(_STATUS_OF_CHECK.get(error.check, 400))
            raise

    def _read_event(self) -> FramingEvent | None:
        while (event := read_event(self._http)) is not None:
            match event:
                case h11.Request():
                    self._begin(event)
                case h11.Data():
                    if self._reply is None:
                        self._body.extend(event)
                case h11.EndOfMessage():
                    packet = self._finish()
                    if packet is not None:
                        return packet
        return None

    def _begin(self, head: h11.Request) -> None:
        if head.method == b"GET" and header(head, "upgrade").lower() == "websocket" and not self._owed:
            raise UpgradeRequested(self._http, head)
        self._cors = self._origins.headers(head)
        self._reply = _reply_to(head) if self._origins.accepts(head) else _FORBIDDEN
        if self._reply is None:
            self._body.announce(head)
        if self._http.they_are_waiting_for_100_continue and not self._owed:
            self._out.append(self._http.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")

    def _finish(self) -> FramingEvent | None:
        packet = None
        if self._reply is None:
            body = self._body.take()
            self._check_length(len(body))
            packet = self._classify(Packet(body))
            if packet is None:
                self._reply = _NOTHING
        if len(self._owed) == _MAX_PIPELINED:
            raise RemoteProtocolError("TR11", f"more than {_MAX_PIPELINED} HTTP requests are open")
        self._owed.append((self._http, self._cors, self._reply))
        if self._http.their_state is h11.DONE:
            # The response may take a while; another h11 connection reads the next request meanwhile.
            rest, ended = self._http.trailing_data
            self._http = h11.Connection(h11.SERVER)
            if rest:
                self._http.receive_data(rest)
            if ended:
                self._http.receive_data(b"")
        return packet

    def _reject(self, status: int) -> None:
        """Report an error before the connection ends, if this request is the next to be answered."""
        if not self._owed and self._http.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            self._out.append(response(self._http, status, [*self._cors, ("Connection", "close")]))
        self._finished = True

    def _write_packet(self, payload: bytes, *, quick_ack: bool) -> None:
        del quick_ack  # send_packet() has rejected it
        self._answers.append(_Answer(200, _packet_headers(), payload))

    def _write_fault(self, code: int) -> None:
        status = -code if -code in range(400, 600) else 200
        self._answers.append(_Answer(status, _packet_headers(), CODE.pack(code)))

    def _write_quick_ack(self, token: bytes) -> None:
        raise NotImplementedError  # send_quick_ack() has rejected it

    def _drain(self) -> bytes:
        while self._owed:
            http, cors, reply = self._owed[0]
            if reply is None:
                if not self._answers:
                    break
                reply = self._answers.popleft()
            self._owed.popleft()
            if http.their_state not in _READ:  # it asked for an unknown upgrade, and h11 reads no further
                reply = reply._replace(headers=[*reply.headers, ("Connection", "close")])
            self._out.append(response(http, reply.status, [*cors, *reply.headers], reply.body))
            if http.our_state is h11.MUST_CLOSE:
                self._finished = True
        data = b"".join(self._out)
        self._out.clear()
        return data


def _packet_headers() -> Headers:
    return [("Content-Type", "application/octet-stream")]


def _reply_to(head: h11.Request) -> _Answer | None:
    """The response to a request that carries no packet; None if it carries one."""
    # Telegram's own paths are /api, /apiw, /api1, /apiw_test ...: any suffix is allowed.
    if not head.target.startswith(b"/api"):
        return _Answer(404, [])
    match head.method:
        case b"POST":
            return None
        case b"OPTIONS":
            return _Answer(204, _PREFLIGHT_HEADERS)
        case _:
            return _Answer(405, [("Allow", "POST, OPTIONS")])
