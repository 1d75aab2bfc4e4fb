"""MTProto over HTTP, client side: a packet is the body of a request or of its response.

    POST /api HTTP/1.1            HTTP/1.1 200 OK
    Host: ...                     Content-Length: 88
    Content-Length: 152
                                  (packet)
    (packet)

The server can only send responses, so a client keeps a request open (long polling) and uses a second connection to send
meanwhile. One connection carries one request at a time; further packets are queued.

TR11: responses arrive in any pieces, with a length, in chunks or to the end of the stream; an error status (300 and
above) is a transport error code: its negative. https://core.telegram.org/mtproto/mtproto-transports#http
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.framing.events import FramingEvent, Packet, TransportErrorReceived
from sansio_tl.framing.http11 import Body, Responses, h11, request
from sansio_tl.framing.packets import PacketFraming
from sansio_tl.limits import Limits
from sansio_tl.role import Role

_FIRST_ERROR_STATUS = 300


class HttpClient(PacketFraming):
    """The client side of one HTTP connection."""

    name = "http"

    def __init__(self, limits: Limits | None = None, *, host: str = "", path: str = "/api") -> None:
        """`host` is the value of the Host header, with the port if it is not the default; proxies route by it."""
        super().__init__(Role.CLIENT, limits)
        self._http = h11.Connection(h11.CLIENT)
        self._responses = Responses(self._http)
        self._target = path
        self._host = host
        self._queue: deque[bytes] = deque()
        self._body = Body(self._max_incoming, self._limits)
        self._awaiting = False
        self._failed = False
        self._receive = self._take_in
        self._next = self._read
        request(h11.Connection(h11.CLIENT), "POST", path, self._headers())  # rejects a bad host or path now

    def check_large_packets(self, check: Callable[[bytes], object]) -> None:
        """The packet is the body of a message."""
        super().check_large_packets(check)
        self._body.check_key = check

    @property
    def polled(self) -> bool:
        """Always true: a response needs its request."""
        return True

    @property
    def listening(self) -> bool:
        """Whether a request is open or queued, so that the server can respond."""
        return self._awaiting or bool(self._queue)

    @property
    def finished(self) -> bool:
        """Whether either side has announced the end of the connection; queued packets need another one."""
        return self._http.our_state not in {h11.IDLE, h11.DONE}

    def _headers(self) -> list[tuple[str, str]]:
        return [("Host", self._host), ("Content-Type", "application/octet-stream")]

    def _take_in(self, data: bytes) -> None:
        if data:
            self._http.receive_data(data)

    def _end(self) -> None:
        self._http.receive_data(b"")

    def _read(self) -> FramingEvent | None:
        while (event := self._responses.read_event()) is not None:
            answer: FramingEvent | None = None
            match event:
                case h11.Response():
                    answer = self._begin(event)
                case h11.Data():
                    if not self._failed:
                        self._body.extend(event)
                case h11.EndOfMessage():
                    answer = self._finish()
            if answer is not None:
                return answer
        return None

    def _begin(self, head: h11.Response) -> TransportErrorReceived | None:
        self._failed = head.status_code >= _FIRST_ERROR_STATUS
        if self._failed:
            return TransportErrorReceived(-head.status_code)
        if not self._awaiting:
            raise RemoteProtocolError("TR11", "an HTTP response without a request")
        self._body.announce(head)
        return None

    def _finish(self) -> FramingEvent | None:
        self._awaiting = False
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        body = self._body.take()
        if not body:
            return None
        self._check_length(len(body))
        return self._classify(Packet(body))

    def _forget_input(self) -> None:
        self._body = Body(self._max_incoming, self._limits)

    def _check_end(self) -> None:
        """h11 detects an end inside a response, or before an expected one."""

    def _write_packet(self, payload: bytes, *, quick_ack: bool) -> None:
        del quick_ack  # send_packet() has rejected it
        self._queue.append(payload)

    def _write_fault(self, code: int) -> None:
        raise NotImplementedError  # send_transport_error() has rejected it

    def _write_quick_ack(self, token: bytes) -> None:
        raise NotImplementedError  # send_quick_ack() has rejected it

    def _drain(self) -> bytes:
        idle = self._http.our_state is h11.IDLE and self._http.their_state is h11.IDLE
        if self._awaiting or not self._queue or not idle:
            return b""
        self._awaiting = True
        return request(self._http, "POST", self._target, self._headers(), self._queue.popleft())
