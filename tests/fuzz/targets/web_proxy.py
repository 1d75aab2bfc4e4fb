"""WEB proxies in both roles: bytes before a session, and frames in one; cut in any way they come to the same."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from sansio_tl.errors import RemoteProtocolError
from sansio_tl.framing import ProxySecret
from sansio_tl.proxy import ProxyError, WebAddress
from sansio_tl.proxy.web_client import WebHandshake
from sansio_tl.proxy.web_frames import VERSION, FrameType, WebFrame
from sansio_tl.proxy.web_relay import WebRelay, WebRelayConfig
from sansio_tl.proxy.web_streams import ClientStreams, StreamClosed, StreamData
from tests.fuzz.fixtures import NOW, SECRETS, Stream

ADDRESS = WebAddress("relay.example.org", "blog")
SECRET: ProxySecret = SECRETS[0]
CAPABILITY = ADDRESS.capability(SECRET)
HELLO = WebFrame(FrameType.HELLO, 0, VERSION).encode()
WELCOME = WebFrame(FrameType.WELCOME, 0).encode()
OPEN = WebFrame(FrameType.OPEN, 1).encode()


def _relay(*, web_socket: bool = True) -> WebRelay:
    config = WebRelayConfig(address=ADDRESS, secret=SECRET, web_socket=web_socket)
    return WebRelay(config, entropy=Stream())


def _cut(stream: bytes, size: int) -> Iterable[bytes]:
    return (stream[at : at + size] for at in range(0, len(stream), size))


def web_proxy(data: bytes) -> None:
    """The first byte chooses what reads the rest, the second how it is cut."""
    if len(data) < 2:
        return
    reader = (_request, _handshake, _relay_frames, _client_frames, _web_socket)[data[0] % 5]
    size = data[1] % 61 + 1
    whole, cut = reader([data[2:]]), reader(_cut(data[2:], size))
    if whole != cut:
        raise AssertionError(f"{whole!r} in one piece, {cut!r} in pieces of {size}")


def _request(pieces: Iterable[bytes]) -> object:
    """Bytes of a client; CAPABILITY stands for the proof."""
    relay = _relay()
    connection = relay.accept(now=NOW)
    size = 1 << 20 if isinstance(pieces, list) else 5
    for piece in _cut(b"".join(pieces).replace(b"CAPABILITY", CAPABILITY.encode()), size):
        connection.receive_data(piece, now=NOW)
    answers = connection.data_to_send(now=NOW)
    connection.receive_data(b"", now=NOW)
    relay.handle_deadline(now=NOW + 1000)
    if relay.session_count or relay.stored:
        raise AssertionError("a session outlives its timeout")
    return answers


def _handshake(pieces: Iterable[bytes]) -> object:
    """Answers of a relay; each is read after what was asked before it."""
    handshake = WebHandshake(ADDRESS, SECRET, entropy=Stream())
    handshake.data_to_send()
    seen: object = None
    stream = b"".join(pieces)
    with suppress(ProxyError):
        for answer in stream.split(b"\xff\xff"):
            for piece in _cut(answer, 61) if isinstance(pieces, list) else _cut(answer, 7):
                if handshake.done:
                    return "done"
                handshake.receive_data(piece)
            seen = handshake.data_to_send()
        handshake.receive_eof()
    return "done" if handshake.done else seen


def _relay_frames(pieces: Iterable[bytes]) -> object:
    """Batches of a client in a session, between ff ff."""
    relay = _relay(web_socket=False)
    session = relay.open_session(NOW)
    if session is None:
        raise AssertionError("no session")
    session.receive_batch(HELLO + OPEN, NOW)
    seen: list[object] = []
    for batch in b"".join(pieces).split(b"\xff\xff"):
        try:
            session.receive_batch(batch, NOW)
        except RemoteProtocolError as error:
            seen.append(error.check)
            break
        seen += _driven(relay)
        seen.append(session.streams.take_batch())
    session.end()
    _driven(relay)
    if relay.session_count or relay.stored:
        raise AssertionError("an ended session stores something")
    return seen


def _driven(relay: WebRelay) -> list[str]:
    """Do what the events ask for: echo the bytes, and close the connections to targets."""
    seen = []
    while (event := relay.next_event()) is not None:
        seen.append(type(event).__name__)
        if isinstance(event, StreamData):
            event.stream.delivered(len(event.data))
            event.stream.send(event.data[: event.stream.room])
        elif isinstance(event, StreamClosed):
            event.stream.release()
    return seen


def _client_frames(pieces: Iterable[bytes]) -> object:
    """Batches of a relay, between ff ff."""
    streams = ClientStreams(says_hello=True)
    streams.take_batch()
    streams.receive(WELCOME)
    streams.take_batch()
    seen: list[object] = []
    for batch in b"".join(pieces).split(b"\xff\xff"):
        try:
            streams.receive(batch)
        except RemoteProtocolError as error:
            return [*seen, error.check]
        streams.queue(streams.take_received())
        seen.append(streams.take_batch())
    return seen


def _web_socket(pieces: Iterable[bytes]) -> object:
    """Bytes of a WebSocket from the relay."""
    handshake = WebHandshake(ADDRESS, SECRET, entropy=Stream())
    relay = _relay()
    connection = relay.accept(now=NOW)
    while not handshake.done:
        connection.receive_data(handshake.data_to_send(), now=NOW)
        handshake.receive_data(connection.data_to_send(now=NOW))
    carrier = handshake.carrier
    if carrier is None:
        raise AssertionError("no carrier")
    received = b""
    for piece in pieces:
        if piece:
            carrier.lanes[0].receive_data(piece, NOW)
        received += carrier.take_received()
    # How far a message was read decides what it is called.
    return received, carrier.failure is not None
