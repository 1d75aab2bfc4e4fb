"""The relay of WEB proxies: clients of a web site in, streams to an MTProxy or a data center out.

    relay = WebRelay(WebRelayConfig(WebAddress("www.example.org", "blog"), secret), entropy=os.urandom)
    connection = relay.accept(now=now)               # of a client, after TLS
    connection.receive_data(data, now=now)
    for ready in relay.take_ready(): ... ready.data_to_send(now=now)
    while (event := relay.next_event()) is not None: ...

It has both interfaces for long polling, and WebSocket; see `web_client`.

TR23: a client that does not prove the secret gets the answers of the web site, byte for byte, whatever is asked: the
capability is compared in constant time, a token of the page opens one session, and a token or id of a session is 256
random bits. TR22: a repeated request gets the same answer, another one with its number ends the session. TR24: bytes
are bounded for each session and in all, before a session nothing is stored; what is idle ends.
"""

from __future__ import annotations

import hmac
import json
import math
from collections import deque
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qsl

from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.framing.http11 import Chunks, Headers, h11, header, read_event, response, switch_protocols
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.proxy.deadlines import Deadlines
from sansio_tl.proxy.web_address import WebAddress, base64url, require_web_secret
from sansio_tl.proxy.web_frames import MAX_BATCH, VERSION, FrameType, WebFrame
from sansio_tl.proxy.web_site import Page, Site
from sansio_tl.proxy.web_socket import PROTOCOL, WebSocketBatches, accept_headers
from sansio_tl.proxy.web_streams import RelayStream, RelayStreams, Stored, StreamEvent
from sansio_tl.validation import require, require_seconds, require_whole

_TOKEN_SIZE: Final = 32
_MAX_OPENING: Final = 1024
"""Bytes of a request that opens a session."""
_MAX_IGNORED: Final = 8 << 20
"""Bytes of a request to the site, which are not stored."""
_MAX_AHEAD: Final = 1 << 16
"""Bytes that may arrive while a request is being answered."""
_MAX_UNSENT: Final = 1 << 14
"""Bytes of answers that wait to be sent, above which no further request of the connection is read."""
_PING_INTERVAL: Final = 30.0
_HELLO_TIMEOUT: Final = 10.0
"""Seconds in which the client of a new session must have sent HELLO."""
_REASONS: Final = {200: "OK", 204: "No Content", 400: "Bad Request", 409: "Conflict", 503: "Service Unavailable"}
_PAGE: Final = """<!doctype html>
<html><head><meta charset="utf-8"><title>{host}</title></head>
<body><script>const relayBase="{base}",bootstrap="{token}",carrierMode="{mode}";</script></body></html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRelayConfig:
    """Settings of a `WebRelay`."""

    address: WebAddress
    secret: ProxySecret = field(repr=False)
    """That of the MTProxy or data center to which the streams lead; no fake TLS."""
    site: Site = field(default_factory=Site)
    """The web site: what all others see."""
    web_socket: bool = True
    """Whether clients of the page use a WebSocket; else long polling."""
    max_sessions: int = 256
    max_streams: int = 64
    """Streams of a session at a time, each until the connection to its target is closed."""
    max_total_streams: int = 512
    """Streams of all sessions at a time: each takes a file descriptor, until the connection to its target is closed.
    Those beyond it are closed at once."""
    max_queued: int = 256 << 10
    """Bytes of a target that wait for a client, for each stream."""
    max_session_bytes: int = 8 << 20
    """Bytes stored for a session; above it, its connections and targets are read no further."""
    max_bytes: int = 256 << 20
    """The same for all sessions together."""
    long_poll: float = 25.0
    """Seconds until a poll is answered without frames."""
    session_timeout: float = 90.0
    """Seconds without a request or message after which a session ends."""
    request_timeout: float = 60.0
    """Seconds in which a request must be complete. It is also how long a connection may be idle."""

    def __post_init__(self) -> None:
        require(isinstance(self.address, WebAddress), "WebRelayConfig.address", "a WebAddress", self.address)
        require(isinstance(self.secret, ProxySecret), "WebRelayConfig.secret", "a ProxySecret", None)
        require(isinstance(self.site, Site), "WebRelayConfig.site", "a Site", self.site)
        require_web_secret(self.secret)
        for name in (
            "max_sessions",
            "max_streams",
            "max_total_streams",
            "max_queued",
            "max_session_bytes",
            "max_bytes",
        ):
            require_whole(f"WebRelayConfig.{name}", getattr(self, name), 1, 1 << 40)
        for name in ("long_poll", "session_timeout", "request_timeout"):
            require_seconds(f"WebRelayConfig.{name}", getattr(self, name))


class WebRelay:
    """All sessions of a relay."""

    def __init__(self, config: WebRelayConfig, *, entropy: Entropy) -> None:
        self.config = config
        self._entropy = entropy
        self._capability = config.address.capability(config.secret).encode("ascii")
        self._bootstraps: dict[str, float] = {}
        """Tokens of pages that have opened no session yet, and until when they may."""
        self._sessions: dict[str, RelaySession] = {}
        self.deadlines: Deadlines[WebRelayConnection | RelaySession] = Deadlines()
        """Of connections and sessions, which set their own."""
        self._stored = Stored(config.max_bytes)
        self._events: deque[StreamEvent] = deque()
        self._ready: dict[WebRelayConnection, None] = {}
        self._readable: dict[RelayStream, None] = {}
        self._open_streams = Stored(config.max_total_streams)

    @property
    def stored(self) -> int:
        """Bytes of clients and targets that are stored."""
        return self._stored.size

    @property
    def session_count(self) -> int:
        """The number of sessions."""
        return len(self._sessions)

    def accept(self, *, now: float) -> WebRelayConnection:
        """A client has connected."""
        return WebRelayConnection(self, now)

    def next_event(self) -> StreamEvent | None:
        """The next thing to do with a stream."""
        return self._events.popleft() if self._events else None

    def take_ready(self) -> list[WebRelayConnection]:
        """The connections that may have output, or have finished, since the last call."""
        ready = list(self._ready)
        self._ready.clear()
        return ready

    def take_readable(self) -> list[RelayStream]:
        """The streams that have waited for room (`RelayStream.wait_for_room`), and have it since the last call."""
        readable = list(self._readable)
        self._readable.clear()
        return readable

    def next_deadline(self) -> float | None:
        """When to call `handle_deadline`."""
        deadline = self.deadlines.first
        return None if deadline == math.inf else deadline

    def handle_deadline(self, *, now: float) -> None:
        """TR24: end what is idle, and answer polls that have waited long enough."""
        for each in self.deadlines.take_due(now):
            each.on_deadline(now)

    # -- for connections and sessions --------------------------------------------------------------------------------

    def proves_secret(self, capability: str) -> bool:
        """TR23: whether it is the capability of this relay."""
        return hmac.compare_digest(capability.encode("utf-8", "surrogatepass"), self._capability)

    def make_bootstrap(self, now: float) -> str:
        """A token for the page, which opens one session."""
        self._bootstraps = {token: until for token, until in self._bootstraps.items() if until > now}
        while len(self._bootstraps) >= self.config.max_sessions:
            del self._bootstraps[next(iter(self._bootstraps))]
        token = base64url(self._entropy(_TOKEN_SIZE))
        self._bootstraps[token] = now + self.config.request_timeout
        return token

    def redeem_bootstrap(self, token: str, now: float) -> bool:
        """TR23: whether a token may open a session; it may not do so again."""
        return self._bootstraps.pop(token, -math.inf) > now

    def open_session(self, now: float) -> RelaySession | None:
        """A new session; None if there are too many, or too much is stored.

        TR24: if there are too many, it takes the place of the oldest one without HELLO, or else without a stream: they
        are made by two small requests.
        """
        if self._stored.is_full:
            return None
        if len(self._sessions) >= self.config.max_sessions:
            unused = [each for each in self._sessions.values() if not each.streams.has_streams]
            if not unused:
                return None
            next((each for each in unused if not each.streams.welcomed), unused[0]).end()
        session = RelaySession(
            self,
            base64url(self._entropy(_TOKEN_SIZE)),
            Stored(self.config.max_session_bytes, self._stored),
            self._readable,
            self._open_streams,
            now,
        )
        self._sessions[session.token] = session
        session.set_deadline()
        return session

    def session(self, token: str) -> RelaySession | None:
        """The session with this token."""
        return self._sessions.get(token)

    def emit(self, event: StreamEvent) -> None:
        """Report an event."""
        self._events.append(event)

    def wake(self, connection: WebRelayConnection) -> None:
        """A connection has output, or has finished."""
        self._ready[connection] = None

    def forget_session(self, session: RelaySession) -> None:
        """A session is over."""
        self._sessions.pop(session.token, None)
        self.deadlines.set(session, math.inf)


class RelaySession:
    """The session of one client: its streams, and its place in both directions."""

    def __init__(
        self,
        relay: WebRelay,
        token: str,
        stored: Stored,
        readable: dict[RelayStream, None],
        open_streams: Stored,
        now: float,
    ) -> None:
        config = relay.config
        self.token = token
        self.streams = RelayStreams(
            max_streams=config.max_streams,
            max_queued=config.max_queued,
            wake=self.wake,
            stored=stored,
            open_streams=open_streams,
            readable=readable,
        )
        self._relay = relay
        self._stored = stored
        self._timeout = config.session_timeout
        self._opened_at = self._used_at = now
        self._last_number: int | None = None
        self._last_digest = b""
        self._cursor = 0
        self._unconfirmed = b""
        """The last batch of a poll; it may be asked for again."""
        self._poll: WebRelayConnection | None = None
        """Waits for frames, or is the WebSocket."""
        self._pinged = False
        self.is_web_socket = False

    @property
    def is_full(self) -> bool:
        """TR24: whether to take no more from the client."""
        return self._stored.is_full

    @property
    def deadline(self) -> float:
        """When it ends, or asks whether the client is there. A session with an open poll is not idle."""
        if not self.streams.welcomed:
            return self._opened_at + min(_HELLO_TIMEOUT, self._timeout)
        if self.is_web_socket and not self._pinged:
            return self._used_at + min(_PING_INTERVAL, self._timeout)
        return math.inf if self._poll is not None and not self.is_web_socket else self._used_at + self._timeout

    def set_deadline(self) -> None:
        """The deadline may have changed."""
        if self._relay.session(self.token) is self:
            self._relay.deadlines.set(self, self.deadline)

    def on_deadline(self, now: float) -> None:
        """The deadline has passed."""
        if self.streams.welcomed and self.is_web_socket and not self._pinged and now < self._used_at + self._timeout:
            self._pinged = True
            self.streams.ping()
        elif self._poll is None or self.is_web_socket or not self.streams.welcomed:
            self.end()
        self.set_deadline()

    def note_activity(self, now: float) -> None:
        """The client is there."""
        self._used_at = now
        self._pinged = False
        self.set_deadline()

    def receive_batch(self, batch: bytes, now: float) -> None:
        """Frames of the client. Raises RemoteProtocolError: then end the session, or its WebSocket's connection."""
        self.note_activity(now)
        for event in self.streams.receive(batch):
            self._relay.emit(event)
        if self.streams.ended:
            self.end()
        else:
            self.set_deadline()
            self.wake()

    def receive_numbered(self, number: int, batch: bytes, first: int, now: float) -> bool:
        """TR22: frames of a request; False if its number is not the next one, which ends the session.

        A repeated request has no effect. Raises RemoteProtocolError.
        """
        digest = sha256(batch).digest()
        if number == self._last_number:
            if digest == self._last_digest:
                self.note_activity(now)
                return True
        elif number == (first if self._last_number is None else self._last_number + 1):
            self._last_number, self._last_digest = number, digest
            self.receive_batch(batch, now)
            return True
        self.end()
        return False

    def attach(self, connection: WebRelayConnection, now: float, *, web_socket: bool = False) -> None:
        """A poll waits, or a WebSocket is open; it sends what there is. A poll that waited before is answered."""
        self.note_activity(now)
        before, self._poll = self._poll, connection
        self.is_web_socket = web_socket
        self.set_deadline()
        if before is not None and before is not connection:
            before.answer_poll(b"", 0, now)

    def detach(self, connection: WebRelayConnection, now: float) -> None:
        """The poll is answered, or its connection has ended."""
        if self._poll is connection:
            self._poll = None
            self._used_at = now
            self.set_deadline()
            if self.is_web_socket:
                self.end()

    @property
    def is_attached(self) -> bool:
        """Whether a poll waits, or a WebSocket is open."""
        return self._poll is not None

    def confirm(self, cursor: int) -> bool:
        """TR22: the client has everything before this cursor; False for an impossible one, which ends the session."""
        if cursor == self._cursor:
            self._drop_unconfirmed()
            return True
        if cursor == self._cursor - 1 and self._unconfirmed:
            return True
        self.end()
        return False

    def poll_batch(self, cursor: int) -> tuple[bytes, int]:
        """The frames for a poll with this cursor, and the next cursor; empty if there are none."""
        if self.streams.ended:
            return self.streams.take_batch(), self._cursor + 1
        if cursor == self._cursor and self.streams.has_output:
            self._unconfirmed = self.streams.take_batch()
            self._stored.change(len(self._unconfirmed))
            self._cursor += bool(self._unconfirmed)
        return (self._unconfirmed, self._cursor) if cursor < self._cursor else (b"", self._cursor)

    def _drop_unconfirmed(self) -> None:
        self._stored.change(-len(self._unconfirmed))
        self._unconfirmed = b""

    def wake(self) -> None:
        """There is something to send, or the end has come."""
        if self._poll is not None:
            self._relay.wake(self._poll)

    def end(self) -> None:
        """End the session."""
        for event in self.streams.end():
            self._relay.emit(event)
        self._drop_unconfirmed()
        self._relay.forget_session(self)
        self.wake()


class WebRelayConnection:
    """One connection of a client, after TLS."""

    def __init__(self, relay: WebRelay, now: float) -> None:
        self._relay = relay
        self._config = relay.config
        self._base = relay.config.address.base
        self._http = h11.Connection(h11.SERVER)
        self._chunks = Chunks()
        self._head: h11.Request | None = None
        self._body = bytearray()
        self._ignored = 0
        self._limit = 0
        self._session: RelaySession | None = None
        """The session of the waiting poll, or of the WebSocket."""
        self._waiting: tuple[int, str] | None = None
        """The cursor of the waiting poll, and the header of its answer."""
        self._socket: WebSocketBatches | None = None
        self._out: list[bytes] = []
        self._unsent = 0
        """Bytes in `_out`."""
        self.finished = False
        """Whether to close the connection, after what `data_to_send` returns."""
        self._set_deadline(now + relay.config.request_timeout)

    @property
    def is_waiting(self) -> bool:
        """TR24: whether to read no further for now, because too much of the client is stored."""
        if self._socket is None:
            return self._is_paused
        return self._session is not None and self._session.is_full

    @property
    def _is_paused(self) -> bool:
        """TR24: whether the answers to earlier requests are to be sent before another one is read."""
        return self._unsent >= _MAX_UNSENT and not self.finished

    def _set_deadline(self, at: float) -> None:
        """When `on_deadline` has to be called."""
        self._relay.deadlines.set(self, math.inf if self.finished else at)

    def _put(self, data: bytes) -> None:
        """Write these bytes after the others."""
        self._out.append(data)
        self._unsent += len(data)

    def receive_data(self, data: bytes, *, now: float) -> None:
        """Bytes of the client; empty at the end of the stream."""
        if self.finished:
            return
        if not data:
            self.close(now=now)
            return
        try:
            if self._socket is not None:
                self._socket.receive_data(data)
                self._read_socket(self._socket, now)
            else:
                self._http.receive_data(data)
                self._read(now)
        except RemoteProtocolError:
            self._reject(now)

    def close(self, *, now: float) -> None:
        """The connection has ended, or is to end."""
        self.finished = True
        self._set_deadline(math.inf)
        self._body.clear()
        session, self._session, self._waiting = self._session, None, None
        if session is not None:
            session.detach(self, now)
        self._relay.wake(self)

    def data_to_send(self, *, now: float) -> bytes:
        """The bytes to write now."""
        session = self._session
        if session is not None and not self.finished:
            if self._socket is not None:
                self._write_socket(self._socket, session, now)
            elif self._waiting is not None:
                batch, cursor = session.poll_batch(self._waiting[0])
                if batch or session.streams.ended:
                    self.answer_poll(batch, cursor, now)
        data = b"".join(self._out)
        self._out.clear()
        paused, self._unsent = self._is_paused, 0
        if paused and self._socket is None and self._waiting is None:
            self._read_on(now)
        return data

    def on_deadline(self, now: float) -> None:
        """TR24: a poll has waited long enough, or a request is not complete."""
        if self._waiting is None:
            self.close(now=now)
        else:
            self.answer_poll(b"", 0, now)

    # -- requests ----------------------------------------------------------------------------------------------------

    def _read(self, now: float) -> None:
        while (
            self._waiting is None
            and not self.finished
            and not self._is_paused
            and (event := read_event(self._http)) is not None
        ):
            self._chunks.check(event)
            match event:
                case h11.Request():
                    self._begin(event, now)
                case h11.Data():
                    self._take_body(bytes(event.data), now)
                case h11.EndOfMessage() if self._head is not None:
                    head, self._head = self._head, None
                    body = bytes(self._body)
                    self._body.clear()
                    self._set_deadline(now + self._config.request_timeout)
                    self._answer(head, body, now)
        ahead = len(self._http.trailing_data[0])
        if ahead > 2 * _MAX_AHEAD or (self._http.their_state is h11.DONE and ahead > _MAX_AHEAD):
            self.close(now=now)

    def _begin(self, head: h11.Request, now: float) -> None:
        self._head = head
        self._ignored = 0
        self._limit = self._body_limit(head)
        self._set_deadline(now + self._config.request_timeout)
        if self._http.they_are_waiting_for_100_continue:
            self._put(self._http.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
            self._relay.wake(self)

    def _body_limit(self, head: h11.Request) -> int:
        """TR24: the bytes of a body that are stored: none for a request to the site."""
        path = self._path(head)
        if head.method != b"POST" or path is None:
            return 0
        if path == "api/v1/session":
            return _MAX_OPENING
        return MAX_BATCH if self._session_of(head, path) is not None and path.endswith("up") else 0

    def _take_body(self, data: bytes, now: float) -> None:
        if len(self._body) + len(data) <= self._limit:
            self._body += data
            return
        self._ignored += len(data)
        self._body.clear()
        self._limit = -1
        if self._ignored > _MAX_IGNORED:
            self.close(now=now)

    def _answer(self, head: h11.Request, body: bytes, now: float) -> None:
        if not self._relayed(head, body, now):
            self._site_answer(head, now)

    def _path(self, head: h11.Request) -> str | None:
        """The path of a request below the base; None for the site."""
        path = head.target.partition(b"?")[0].decode("latin-1")
        return path.removeprefix(self._base) if path.startswith(self._base) else None

    def _session_of(self, head: h11.Request, path: str) -> RelaySession | None:
        """The session that a request names, by its path or its header."""
        if path.startswith("api/v1/session/"):
            return self._relay.session(path.split("/")[3])
        return self._relay.session(_bearer(head))

    def _relayed(self, head: h11.Request, body: bytes, now: float) -> bool:
        """Answer a request of a client that proves the secret; False for all others (TR23)."""
        path = self._path(head)
        if path is None:
            return False
        query = _query(head)
        method = head.method.decode("latin-1")
        match method, path:
            case "GET", "":
                return self._send_page(query, now)
            case "POST", "api/v1/session":
                return self._open_session(head, body, now)
            case "GET", "api/v1/ws":
                return self._open_socket(head, now)
        session = self._session_of(head, path)
        return session is not None and self._of_session(session, method, path, head, query, body, now)

    def _send_page(self, query: dict[str, str], now: float) -> bool:
        if not self._relay.proves_secret(query.get("bridge", "")):
            return False
        config = self._config
        page = _PAGE.format(
            host=config.address.host,
            base=self._base,
            token=self._relay.make_bootstrap(now),
            mode="websocket" if config.web_socket else "https",
        )
        self._send(200, [("Content-Type", "text/html; charset=utf-8")], page.encode("ascii"), now)
        return True

    def _open_session(self, head: h11.Request, body: bytes, now: float) -> bool:
        hello = WebFrame(FrameType.HELLO, 0, VERSION).encode()
        if bearer := _bearer(head):
            if body != hello or not self._relay.redeem_bootstrap(bearer, now):
                return False
        elif not self._relay.proves_secret(_bridge_of(body)):
            return False
        session = self._relay.open_session(now)
        if session is None:
            self._send(503, [("Retry-After", "1")], b"", now)
        elif bearer:
            session.receive_batch(body, now)
            headers = [
                ("Content-Type", "application/octet-stream"),
                ("X-Session-Token", session.token),
                ("X-Down-Cursor", "0"),
                ("X-Carrier-Mode", "websocket" if self._config.web_socket else "https"),
            ]
            self._send(200, headers, session.streams.take_batch(), now)
        else:
            answer = json.dumps({"id": session.token, "cursor": 0}).encode("ascii")
            self._send(200, [("Content-Type", "application/json")], answer, now)
        return True

    def _of_session(
        self,
        session: RelaySession,
        method: str,
        path: str,
        head: h11.Request,
        query: dict[str, str],
        body: bytes,
        now: float,
    ) -> bool:
        """A request with a session's id or token."""
        own = f"api/v1/session/{session.token}"
        match method, path:
            case "POST", "api/v1/up":
                self._take_frames(session, _number(header(head, "x-up-seq")), body, 1, now)
            case "POST", "api/v1/down":
                self._begin_poll(session, _number(header(head, "x-down-cursor")), "X-Down-Cursor", math.inf, now)
            case "DELETE", "api/v1/session":
                session.end()
                self._send(204, [], b"", now)
            case "POST", _ if path == f"{own}/up":
                self._take_frames(session, _number(query.get("seq", "")), body, 0, now)
            case "GET", _ if path == f"{own}/down":
                wait = _number(query.get("wait", ""))
                self._begin_poll(
                    session,
                    _number(query.get("cursor", "")),
                    "X-Cursor",
                    math.inf if wait is None else wait / 1000,
                    now,
                )
            case "DELETE", _ if path == own:
                session.end()
                self._send(204, [], b"", now)
            case _:
                return False
        return True

    def _take_frames(self, session: RelaySession, number: int | None, body: bytes, first: int, now: float) -> None:
        if session.is_full:  # TR24
            session.note_activity(now)
            self._send(503, [("Retry-After", "1")], b"", now)
            return
        try:
            taken = number is not None and self._limit >= 0 and session.receive_numbered(number, body, first, now)
        except RemoteProtocolError:
            taken = False
        if not taken:
            session.end()
            self._send(409, [], b"", now)
        elif first:
            self._send(204, [("X-Up-Ack", str(number))], b"", now)
        else:
            self._send(200, [], b"", now)

    def _begin_poll(self, session: RelaySession, cursor: int | None, name: str, wait: float, now: float) -> None:
        if cursor is None or not session.confirm(cursor):
            session.end()
            self._send(409, [], b"", now)
            return
        self._session = session
        self._waiting = cursor, name
        self._set_deadline(now + min(wait, self._config.long_poll))
        session.attach(self, now)
        self._relay.wake(self)

    def answer_poll(self, batch: bytes, cursor: int, now: float) -> None:
        """Answer the waiting poll."""
        if self._waiting is None or self._session is None:
            return
        _, name = self._waiting
        session, self._session, self._waiting = self._session, None, None
        session.detach(self, now)
        if batch:
            self._send(200, [("Content-Type", "application/octet-stream"), (name, str(cursor))], batch, now)
        elif session.streams.ended:
            self._send(409, [], b"", now)
        else:
            self._send(204, [], b"", now)
        if not self.finished:
            self._read_on(now)

    def _read_on(self, now: float) -> None:
        """Read what has arrived while a poll was waiting."""
        self._set_deadline(now + self._config.request_timeout)
        try:
            self._read(now)
        except RemoteProtocolError:
            self._reject(now)

    # -- WebSocket ---------------------------------------------------------------------------------------------------

    def _open_socket(self, head: h11.Request, now: float) -> bool:
        protocol = header(head, "sec-websocket-protocol")
        session = self._relay.session(protocol.removeprefix(PROTOCOL))
        headers = accept_headers(head, protocol)
        if headers is None or session is None or session.is_attached or not protocol.startswith(PROTOCOL):
            return False
        self._put(switch_protocols(self._http, headers))
        self._socket = WebSocketBatches(self._http.trailing_data[0], None)
        self._session = session
        self._set_deadline(math.inf)
        session.attach(self, now, web_socket=True)
        self._read_socket(self._socket, now)
        return True

    def _read_socket(self, socket: WebSocketBatches, now: float) -> None:
        for batch in socket.batches():
            if self._session is not None:
                self._session.receive_batch(batch, now)
        self._relay.wake(self)

    def _write_socket(self, socket: WebSocketBatches, session: RelaySession, now: float) -> None:
        self._put(socket.control_output())
        batch = session.streams.take_batch()
        if batch:
            self._put(socket.message(batch))
        if socket.closed or session.streams.ended:
            if not socket.closed:
                self._put(socket.close_frame())
            self.close(now=now)
        elif session.streams.has_output:
            self._relay.wake(self)

    # -- answers -----------------------------------------------------------------------------------------------------

    def _site_answer(self, head: h11.Request, now: float) -> None:
        page = self._config.site.answer(head.method.decode("latin-1"), head.target.partition(b"?")[0].decode("latin-1"))
        self._send_page_of_site(page, now, has_body=head.method != b"HEAD")

    def _send_page_of_site(self, page: Page, now: float, *, has_body: bool) -> None:
        self._write(page.status, list(page.headers), page.body, now, has_body=has_body, reason=page.reason)

    def _send(self, status: int, headers: Headers, body: bytes, now: float) -> None:
        self._write(status, [*headers, ("Cache-Control", "no-store")], body, now, has_body=True)

    def _write(
        self, status: int, headers: Headers, body: bytes, now: float, *, has_body: bool, reason: str = ""
    ) -> None:
        headers = [*headers, *self._config.site.common_headers(now)]
        if self._http.their_state not in {h11.DONE, h11.MUST_CLOSE, h11.CLOSED}:  # it asked for an unknown upgrade
            headers.append(("Connection", "close"))
        self._put(
            response(self._http, status, headers, body, has_body=has_body, reason=reason or _REASONS.get(status, ""))
        )
        self._relay.wake(self)
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        else:
            self.close(now=now)

    def _reject(self, now: float) -> None:
        """A malformed request gets the answer of the site to one; a malformed message ends the WebSocket."""
        if self._socket is None and self._http.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            page = self._config.site.malformed
            headers = [*page.headers, *self._config.site.common_headers(now), ("Connection", "close")]
            has_body = self._head is None or self._head.method != b"HEAD"
            self._put(response(self._http, page.status, headers, page.body, has_body=has_body, reason=page.reason))
        elif self._socket is not None:
            self._put(self._socket.close_frame())
        if self._session is not None:
            self._session.end()
        self.close(now=now)


def _bearer(head: h11.Request) -> str:
    """The token of a request; empty if there is none."""
    scheme, _, token = header(head, "authorization").partition(" ")
    return token if scheme == "Bearer" else ""


def _bridge_of(body: bytes) -> str:
    """The capability in the body of a request."""
    try:
        value = json.loads(body)
        bridge = value["bridge"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    return bridge if isinstance(bridge, str) else ""


def _query(head: h11.Request) -> dict[str, str]:
    try:
        return dict(parse_qsl(head.target.partition(b"?")[2].decode("latin-1"), max_num_fields=8))
    except ValueError:
        return {}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
