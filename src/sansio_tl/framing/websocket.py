"""MTProto over WebSocket: the road that browsers have. Binary messages carry the bytes of another framing.

    GET /apiws HTTP/1.1                        HTTP/1.1 101 Switching Protocols
    Upgrade: websocket                         Upgrade: websocket
    Sec-WebSocket-Protocol: binary             Sec-WebSocket-Protocol: binary
    ...                                        ...
    (frames, masked)                           (frames)

The framing inside is obfuscated2. Messages and its packets have nothing to do with each other: either may hold several
of the other, or parts. Needs h11 for the beginning and wsproto (the extra `websocket`) for the frames; a client's
masks and nonce come from the injected entropy.

What breaks HTTP or WebSocket is TR11, and so is a flood of frames or responses that say nothing; a refused upgrade is
a transport error code, the negative of its status.
RFC 6455; https://core.telegram.org/mtproto/mtproto-transports#websocket
"""

from __future__ import annotations

import base64
from abc import abstractmethod
from typing import Final

from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.framing.base import Framing
from sansio_tl.framing.events import FramingEvent, TransportErrorReceived
from sansio_tl.framing.http11 import Headers, Responses, h11, header, read_event, request, response
from sansio_tl.framing.origins import ANY_ORIGIN, Origins
from sansio_tl.framing.wrapper import FramingWrapper
from sansio_tl.limits import Limits
from sansio_tl.role import Role

try:
    from wsproto import events
    from wsproto.connection import Connection, ConnectionState, ConnectionType
    from wsproto.frame_protocol import XorMaskerSimple
    from wsproto.utilities import generate_accept_token
except ImportError as missing:
    raise ImportError(
        "WebSocket needs wsproto. The extra websocket brings it: pip install '.[websocket]' in a checkout"
    ) from missing

_PROTOCOL: Final = "binary"
_VERSION: Final = "13"
_NONCE_SIZE: Final = 16

_MAX_EMPTY_FRAMES: Final = 1024
"""Frames without data, beside one for each byte of data: pings, pongs and empty messages. Peers that keep a link alive
send one every few seconds, and MTProto's own traffic comes in between. A flood of them would cost a second of processor
time a megabyte, before there is a key. Counted by bytes of data, it does not depend on how they are cut (TR9)."""


class _WebSocket(FramingWrapper):
    """What both ends do once the upgrade is agreed."""

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
        """Whether the peer has closed the WebSocket, and was told so."""
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
        """Go on to the frames, if the upgrade is agreed."""
        if self._shake_hands():
            self._frames = Connection(self._type, trailing_data=self._http.trailing_data[0])
            self._read_frames(self._frames)

    @abstractmethod
    def _shake_hands(self) -> bool:
        """Read the peer's half of the upgrade; True when frames follow."""

    def _read_frames(self, frames: Connection) -> None:
        for event in frames.events():
            match event:
                case events.BytesMessage():
                    self._count_frame(len(event.data))
                    self._known().receive_data(bytes(event.data))
                case events.Ping():
                    self._count_frame(0)
                    # Only the newest is answered: that is allowed, and a flood of pings costs nothing.
                    self._pong = bytes(event.payload)
                case events.Pong():
                    self._count_frame(0)
                case events.CloseConnection():
                    self._close(frames, event)
                case _:
                    raise RemoteProtocolError("TR11", "a WebSocket message that is not binary")

    def _count_frame(self, size: int) -> None:
        """Refuse a flood of frames without data."""
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
        """The bytes of one frame from us."""
        # Each frame stands for itself, so a fresh writer has all the state that is needed.
        return Connection(ConnectionType.SERVER).send(event)

    def _end(self) -> None:
        if self._frames is None and not self._closed:
            self._http.receive_data(b"")
            self._shake_hands()
        super()._end()

    def _check_end(self) -> None:
        """h11 or the inner framing has found out an end where there may be none."""

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
    """The client's end: asks for the upgrade, and holds back what the inner framing says until it is granted."""

    def __init__(
        self, limits: Limits | None = None, *, inner: Framing, entropy: Entropy, host: str, path: str = "/apiws"
    ) -> None:
        """`host` is what the Host header says, with the port if it is not the usual one."""
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

    def _shake_hands(self) -> bool:
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
            raise RemoteProtocolError("TR11", "the WebSocket upgrade was not granted to us")
        if header(head, "sec-websocket-protocol") not in {_PROTOCOL, ""} or header(head, "sec-websocket-extensions"):
            raise RemoteProtocolError("TR11", "the WebSocket upgrade grants what we did not ask for")

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
    """The server's end. Any path and host will do: MTProto trusts none of them; which pages may is `Origins`."""

    def __init__(self, limits: Limits | None = None, *, inner: Framing, origins: Origins = ANY_ORIGIN) -> None:
        super().__init__(Role.SERVER, limits, inner)
        self._origins = origins
        self._refusal = 400
        self._grant: Headers = []

    def take_over(self, http: h11.Connection, head: h11.Request) -> None:
        """Go on with a link that has carried other requests, from the one that asks for the upgrade."""
        self._http = http
        try:
            self._grant = self._judge(head)
        except RemoteProtocolError:
            self._refuse()
            raise
        self._open()

    def _shake_hands(self) -> bool:
        try:
            return self._upgrade()
        except RemoteProtocolError:
            self._refuse()
            raise

    def _judge(self, head: h11.Request) -> Headers:
        """The headers that grant an upgrade to this page."""
        if not self._origins.accepts(head):
            self._refusal = 403
            raise RemoteProtocolError("TR11", f"a web page of {header(head, 'origin')!a}, which is not allowed here")
        return _grant(head)

    def _refuse(self) -> None:
        if self._http.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            self._out.append(response(self._http, self._refusal, [("Connection", "close")]))

    def _upgrade(self) -> bool:
        while (event := read_event(self._http)) is not None:
            match event:
                case h11.Request():
                    self._grant = self._judge(event)
                case h11.EndOfMessage():
                    granted = h11.InformationalResponse(
                        status_code=101, headers=self._grant, reason="Switching Protocols"
                    )
                    self._out.append(self._http.send(granted) or b"")
                    return True
        return False


def _grant(head: h11.Request) -> Headers:
    """The headers that grant an upgrade, if it is one."""
    if _tokens(head, "upgrade") != ["websocket"] or "upgrade" not in _tokens(head, "connection"):
        raise RemoteProtocolError("TR11", "an HTTP request that asks for no WebSocket upgrade")
    key = header(head, "sec-websocket-key")
    if header(head, "sec-websocket-version") != _VERSION or not key:
        raise RemoteProtocolError("TR11", f"a WebSocket upgrade has a key, and version {_VERSION}")
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
