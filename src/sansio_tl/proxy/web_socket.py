"""WebSocket messages of WEB proxies: each is one batch of frames. Both roles; needs wsproto (the extra `websocket`)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Final

from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.framing.http11 import Headers, h11, header
from sansio_tl.proxy.web_frames import MAX_BATCH

try:
    from wsproto import events
    from wsproto.connection import Connection, ConnectionState, ConnectionType
    from wsproto.frame_protocol import XorMaskerSimple
    from wsproto.utilities import generate_accept_token
except ImportError as missing:
    raise ImportError(
        "WEB proxies need wsproto. The extra websocket brings it: pip install '.[websocket]' in a checkout"
    ) from missing

PROTOCOL: Final = "tproxy-v1."
"""The subprotocol is this and the token of the session."""
_VERSION: Final = "13"
_MAX_FRAMES: Final = 1024
"""Control frames and frames of a message in a row; see `sansio_tl.framing.websocket`. More are allowed in a message
whose frames have 1,024 bytes on average.
"""


class WebSocketBatches:
    """The messages of one WebSocket after its upgrade."""

    def __init__(self, trailing: bytes, entropy: Entropy | None) -> None:
        """`entropy` is the source of a client's masks; a relay has none."""
        self._entropy = entropy
        kind = ConnectionType.SERVER if entropy is None else ConnectionType.CLIENT
        self._frames = Connection(kind, trailing_data=trailing)
        self._message = bytearray()
        self._count = 0
        self._out: list[bytes] = []
        self.closed = False
        """Whether the peer has closed it."""

    def receive_data(self, data: bytes) -> None:
        """Bytes of the peer; then read `batches`."""
        if data and not self.closed:
            self._frames.receive_data(data)

    def batches(self) -> Iterator[bytes]:
        """The messages that are complete. Raises RemoteProtocolError("TR11"), and ("TR19") for a large one."""
        for event in self._frames.events():
            match event:
                case events.BytesMessage():
                    if not event.data or (event.frame_finished and not event.message_finished):
                        self._count_frame()
                    if len(self._message) + len(event.data) > MAX_BATCH:
                        raise RemoteProtocolError(
                            "TR19", f"WEB proxy: a WebSocket message of more than {MAX_BATCH} bytes"
                        )
                    self._message += event.data
                    if event.message_finished:
                        self._count = 0
                        batch = bytes(self._message)
                        self._message.clear()
                        yield batch
                case events.Ping():
                    self._count_frame()
                    self._out = [self._frame(events.Pong(payload=bytes(event.payload)))]
                case events.Pong():
                    self._count_frame()
                case events.CloseConnection():
                    if self._frames.state is not ConnectionState.REMOTE_CLOSING:
                        raise RemoteProtocolError("TR11", f"WebSocket: {event.reason}")
                    self._out.append(self._frame(events.CloseConnection(code=event.code)))
                    self.closed = True
                    return
                case _:
                    raise RemoteProtocolError("TR11", "a WebSocket message that is not binary")

    def _count_frame(self) -> None:
        self._count += 1
        if self._count > _MAX_FRAMES + (len(self._message) >> 10):
            raise RemoteProtocolError("TR11", f"WebSocket: more than {_MAX_FRAMES} frames without a message")

    @property
    def has_control_output(self) -> bool:
        """Whether `control_output` returns bytes."""
        return bool(self._out)

    def control_output(self) -> bytes:
        """Answers to the peer's pings and close frames."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def message(self, batch: bytes) -> bytes:
        """The bytes of a message."""
        return self._frame(events.BytesMessage(data=batch))

    def close_frame(self) -> bytes:
        """The bytes that announce the end."""
        return self._frame(events.CloseConnection(code=1000))

    def _frame(self, event: events.Event) -> bytes:
        plain = Connection(ConnectionType.SERVER).send(event)
        if self._entropy is None:
            return plain
        # wsproto draws its masks from the operating system (RFC 6455, 5.3)
        masked = bytearray(plain)
        size = {126: 4, 127: 10}.get(masked[1], 2)
        masked[1] |= 0x80
        mask = self._entropy(4)
        return bytes(masked[:size] + mask + XorMaskerSimple(mask).process(masked[size:]))


def upgrade_headers(nonce: bytes, protocol: str) -> Headers:
    """The headers of a client's request."""
    return [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", nonce.decode("ascii")),
        ("Sec-WebSocket-Version", _VERSION),
        ("Sec-WebSocket-Protocol", protocol),
    ]


def make_nonce(entropy: Entropy) -> bytes:
    """The value of Sec-WebSocket-Key."""
    return base64.b64encode(entropy(16))


def is_accepted(head: h11.InformationalResponse, nonce: bytes, protocol: str) -> bool:
    """Whether the relay's answer is that to our request."""
    return (
        header(head, "sec-websocket-accept").encode("latin-1") == generate_accept_token(nonce)
        and header(head, "sec-websocket-protocol") == protocol
        and not header(head, "sec-websocket-extensions")
    )


def accept_headers(head: h11.Request, protocol: str) -> Headers | None:
    """The headers that accept an upgrade; None if it is none."""
    key = header(head, "sec-websocket-key")
    tokens = [token.strip().lower() for token in header(head, "connection").split(",")]
    if header(head, "upgrade").lower() != "websocket" or "upgrade" not in tokens:
        return None
    if header(head, "sec-websocket-version") != _VERSION or not key:
        return None
    return [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", generate_accept_token(key.encode("latin-1")).decode("ascii")),
        ("Sec-WebSocket-Protocol", protocol),
    ]
