"""MTProto over WebSocket, the transport of browsers. Binary messages carry the bytes of another framing.

    GET /apiws HTTP/1.1                        HTTP/1.1 101 Switching Protocols
    Upgrade: websocket                         Upgrade: websocket
    Sec-WebSocket-Protocol: binary             Sec-WebSocket-Protocol: binary
    ...                                        ...
    (frames, masked)                           (frames)

The framing inside is obfuscated2. Boundaries of messages and packets are independent: either may hold several of the
other, or parts. Needs h11 for the upgrade and wsproto (the extra `websocket`) for the frames; a client's masks and
nonce come from the injected entropy.

A violation of HTTP or WebSocket is TR11, and so is a flood of frames or responses without data; a rejected upgrade is a
transport error code: the negative of its status. RFC 6455;
https://core.telegram.org/mtproto/mtproto-transports#websocket
"""

from __future__ import annotations

import base64
from abc import abstractmethod
from typing import Final

from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.framing.base import Framing
from sansio_tl.framing.events import FramingEvent, TransportErrorReceived
from sansio_tl.framing.wrapper import FramingWrapper
from sansio_tl.limits import Limits
from sansio_tl.role import Role

try:
    from wsproto import events
    from wsproto.connection import Connection, ConnectionState, ConnectionType
    from wsproto.frame_protocol import XorMaskerSimple
    from wsproto.utilities import generate_accept_token

    from sansio_tl.framing.allowed_origins import ANY_ORIGIN, AllowedOrigins
    from sansio_tl.framing.http11 import Headers, Responses, h11, header, read_event, request, response
except ImportError as missing:
    raise ImportError(
        "WebSocket needs wsproto and h11. The extra websocket brings both: pip install '.[websocket]' in a checkout"
    ) from missing

_PROTOCOL: Final = "binary"
_VERSION: Final = "13"
_NONCE_SIZE: Final = 16

_MAX_EMPTY_FRAMES: Final = 1024
"""Allowed frames without data (pings, pongs, empty messages), besides one for each byte of data. Peers that keep a
connection alive send one every few seconds, between MTProto's own traffic. A flood of them would cost a second of
processor time per megabyte, before there is a key. The count per byte of data does not depend on how the data is split
(TR9)."""


class _WebSocket(FramingWrapper):
    """The common part of both sides, after the upgrade."""

    name = "websocket"

    def __init__(self, role: Role, limits: Limits | None, inner: Framing) -> None:
        super().__init__(role, limits, inner)
        is_client = role is Role.CLIENT
        self._http = h11.Connection(h11.CLIENT if is_client else h11.SERVER)
        self._frames: Connection | None = None
        self._type = ConnectionType.CLIENT if is_client else ConnectionType.SERVER
        self._out: list[bytes] = []
        self._pong: bytes | None = None
        self._closed = False
        self._empty_frames = 0

    @property
    def finished(self) -> bool:
        """Whether the peer has closed the WebSocket and the close frame was answered."""
        return self._closed

    def _take_in(self, data: bytes) -> None:
        if self._closed or not data:
            return
        if self._frames is None:
            self._http.receive_data(data)
            self._open()
        else:
            self._frames.receive_data(data)
            self._read_frames(self._frames)

    def _open(self) -> None:
        """Switch to frames, if the upgrade is complete."""
        if self._read_upgrade():
            self._frames = Connection(self._type, trailing_data=self._http.trailing_data[0])
            self._read_frames(self._frames)

    @abstractmethod
    def _read_upgrade(self) -> bool:
        """Read the peer's part of the upgrade; True when frames follow."""

    def _read_frames(self, frames: Connection) -> None:
        for event in frames.events():
            match event:
                case events.BytesMessage():
                    self._count_frame(len(event.data))
                    self._known().receive_data(bytes(event.data))
                case events.Ping():
                    self._count_frame(0)
                    # Only the newest ping is answered: that is allowed, and makes a flood of pings cheap.
                    self._pong = bytes(event.payload)
                case events.Pong():
                    self._count_frame(0)
                case events.CloseConnection():
                    self._close(frames, event)
                case _:
                    raise RemoteProtocolError("TR11", "a WebSocket message that is not binary")

    def _count_frame(self, size: int) -> None:
        """Reject a flood of frames without data."""
        self._empty_frames = max(0, self._empty_frames - size) if size else self._empty_frames + 1
        if self._empty_frames > _MAX_EMPTY_FRAMES:
            raise RemoteProtocolError("TR11", f"WebSocket: more than {_MAX_EMPTY_FRAMES} frames without data")

    def _close(self, frames: Connection, event: events.CloseConnection) -> None:
        if frames.state is not ConnectionState.REMOTE_CLOSING:
            # This is how wsproto reports what it could not parse.
            raise RemoteProtocolError("TR11", f"WebSocket: {event.reason}")
        self._out.append(self._frame(events.CloseConnection(code=event.code)))
        self._closed = True

    def _frame(self, event: events.Event) -> bytes:
        """The bytes of one frame to send."""
        # Frames are independent, so a new writer has all the state that is needed.
        return Connection(ConnectionType.SERVER).send(event)

    def _end(self) -> None:
        if self._frames is None and not self._closed:
            self._http.receive_data(b"")
            self._read_upgrade()
        super()._end()

    def _check_end(self) -> None:
        """h11 or the inner framing detects an end that is not allowed here."""

    def _drain(self) -> bytes:
        inner = self._known()
        if self._frames is not None and not self._closed:
            if self._pong is not None:
                self._out.append(self._frame(events.Pong(payload=self._pong)))
                self._pong = None
            data = inner.data_to_send()
            if data:
                self._out.append(self._frame(events.BytesMessage(data=data)))
        data = b"".join(self._out)
        self._out.clear()
        return data


class WebSocketClient(_WebSocket):
    """The client side: requests the upgrade, and holds back output of the inner framing until it is accepted."""

    def __init__(
        self, limits: Limits | None = None, *, inner: Framing, entropy: Entropy, host: str, path: str = "/apiws"
    ) -> None:
        """`host` is the value of the Host header, with the port if it is not the default."""
        super().__init__(Role.CLIENT, limits, inner)
        self._responses = Responses(self._http)
        self._entropy = entropy
        self._nonce = base64.b64encode(entropy(_NONCE_SIZE))
        self._fault: TransportErrorReceived | None = None
        headers: Headers = [
            ("Host", host),
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", self._nonce.decode("ascii")),
            ("Sec-WebSocket-Version", _VERSION),
            ("Sec-WebSocket-Protocol", _PROTOCOL),
        ]
        self._out.append(request(self._http, "GET", path, headers))

    def _read_upgrade(self) -> bool:
        while (event := self._responses.read_event()) is not None:
            match event:
                case h11.InformationalResponse(status_code=101):
                    self._check_upgrade(event)
                    return True
                case h11.Response():
                    self._fault = TransportErrorReceived(-event.status_code)
                    self._closed = True
                    return False
        return False

    def _check_upgrade(self, head: h11.InformationalResponse) -> None:
        if header(head, "sec-websocket-accept").encode() != generate_accept_token(self._nonce):
            raise RemoteProtocolError("TR11", "invalid WebSocket upgrade: Sec-WebSocket-Accept does not match")
        if header(head, "sec-websocket-protocol") not in {_PROTOCOL, ""} or header(head, "sec-websocket-extensions"):
            raise RemoteProtocolError(
                "TR11", "invalid WebSocket upgrade: it selects a protocol or extension that was not offered"
            )

    def _next_inside(self) -> FramingEvent | None:
        fault, self._fault = self._fault, None
        return fault or super()._next_inside()

    def _frame(self, event: events.Event) -> bytes:
        """Mask what a server would send (RFC 6455, 5.3): wsproto draws its masks from the operating system."""
        plain = bytearray(super()._frame(event))
        header_size = {126: 4, 127: 10}.get(plain[1], 2)
        plain[1] |= 0x80
        mask = self._entropy(4)
        return bytes(plain[:header_size] + mask + XorMaskerSimple(mask).process(plain[header_size:]))


class WebSocketServer(_WebSocket):
    """The server side. Any path and host is accepted: MTProto does not depend on them; `AllowedOrigins` decides which
    pages are allowed.
    """

    def __init__(self, limits: Limits | None = None, *, inner: Framing, origins: AllowedOrigins = ANY_ORIGIN) -> None:
        super().__init__(Role.SERVER, limits, inner)
        self._origins = origins
        self._error_status = 400
        self._grant: Headers = []

    def take_over(self, http: h11.Connection, head: h11.Request) -> None:
        """Continue a connection that has carried other requests, from the one that asks for the upgrade."""
        self._http = http
        try:
            self._grant = self._check_request(head)
        except RemoteProtocolError:
            self._reject()
            raise
        self._open()

    def _read_upgrade(self) -> bool:
        try:
            return self._upgrade()
        except RemoteProtocolError:
            self._reject()
            raise

    def _check_request(self, head: h11.Request) -> Headers:
        """The headers that accept an upgrade for this page."""
        if not self._origins.accepts(head):
            self._error_status = 403
            raise RemoteProtocolError("TR11", f"the origin {header(head, 'origin')!a} is not allowed")
        return _grant(head)

    def _reject(self) -> None:
        if self._http.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            self._out.append(response(self._http, self._error_status, [("Connection", "close")]))

    def _upgrade(self) -> bool:
        while (event := read_event(self._http)) is not None:
            match event:
                case h11.Request():
                    self._grant = self._check_request(event)
                case h11.EndOfMessage():
                    granted = h11.InformationalResponse(
                        status_code=101, headers=self._grant, reason="Switching Protocols"
                    )
                    self._out.append(self._http.send(granted) or b"")
                    return True
        return False


def _grant(head: h11.Request) -> Headers:
    """The headers that accept an upgrade, if it is one."""
    if _tokens(head, "upgrade") != ["websocket"] or "upgrade" not in _tokens(head, "connection"):
        raise RemoteProtocolError("TR11", "an HTTP request without a WebSocket upgrade")
    key = header(head, "sec-websocket-key")
    if header(head, "sec-websocket-version") != _VERSION or not key:
        raise RemoteProtocolError("TR11", f"invalid WebSocket upgrade: expected a key and version {_VERSION}")
    headers: Headers = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", generate_accept_token(key.encode("latin-1")).decode("ascii")),
    ]
    if _PROTOCOL in _tokens(head, "sec-websocket-protocol"):
        headers.append(("Sec-WebSocket-Protocol", _PROTOCOL))
    return headers


def _tokens(head: h11.Request, name: str) -> list[str]:
    return [token.strip().lower() for token in header(head, name).split(",")]
