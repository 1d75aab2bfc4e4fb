"""What is in the frames of a WEB proxy: the session, its streams and their windows, for both roles and every carrier.

    client   HELLO        OPEN  DATA ...  WINDOW        CLOSE          PONG
    relay          WELCOME            DATA ... WINDOW         CLOSE PING     BYE

TR20: each direction of a stream begins with a window of 4 MiB; more arrives only after WINDOW frames. Credit is given
where bytes are handed on, so that a slow reader slows its peer down: at once for 256 KiB, less with the next frames.
TR21: ids of streams are never used twice, and their number is bounded. Frames for a stream that this side has closed
were sent before the peer knew, and are ignored.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeAlias

from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
from sansio_tl.proxy.web_frames import (
    GRANT,
    HEADER_SIZE,
    MAX_BATCH,
    MAX_DATA,
    MAX_FRAMES,
    VERSION,
    WINDOW,
    FrameType,
    WebFrame,
    read_batch,
    window,
)

STREAM: Final = 1
"""The id of a client's only stream."""

_MAX_CREDIT: Final = 1 << 32
_MAX_PONGS: Final = 64
"""Unanswered pings; more are a flood."""
_MAX_IDS: Final = 4096
"""Streams in the life of a session; after that, it ends, and its client opens another one."""


class StreamWindows:
    """Both windows of one stream, and what waits for the peer's credit."""

    def __init__(self, stream_id: int) -> None:
        self.stream_id = stream_id
        self.queued = 0
        """Bytes that wait to be framed."""
        self._queue: deque[bytes] = deque()
        self._send_credit = WINDOW
        self._receive_credit = WINDOW
        self._to_grant = 0

    @property
    def sendable(self) -> int:
        """Bytes that can be framed now."""
        return min(self.queued, self._send_credit)

    @property
    def credit(self) -> int:
        """Bytes that the peer accepts now, whether queued or not."""
        return self._send_credit

    def queue(self, data: bytes) -> None:
        """WebFrame these bytes as soon as there is credit."""
        if data:
            self._queue.append(data)
            self.queued += len(data)

    def receive_credit(self, credit: int) -> None:
        """TR20: the peer accepts more."""
        self._send_credit += credit
        if not credit or self._send_credit >= _MAX_CREDIT:
            raise RemoteProtocolError("TR20", f"WEB proxy: invalid credit {credit} for stream {self.stream_id}")

    def receive(self, size: int) -> None:
        """TR20: the peer has sent so many bytes."""
        self._receive_credit -= size
        if self._receive_credit < 0:
            raise RemoteProtocolError("TR20", f"WEB proxy: data of stream {self.stream_id} without credit")

    def consumed(self, size: int) -> None:
        """So many received bytes were handed on."""
        self._to_grant += size

    @property
    def grant_due(self) -> bool:
        """Whether there is enough credit to give for a frame of its own."""
        return self._to_grant >= GRANT

    def take_grant(self) -> WebFrame | None:
        """The frame that gives the peer its credit back; None without any."""
        credit, self._to_grant = self._to_grant, 0
        self._receive_credit += credit
        return window(self.stream_id, credit) if credit else None

    def take_data(self, room: int) -> WebFrame | None:
        """A frame of at most `room` bytes of payload; None if there is nothing to send."""
        size = min(self._send_credit, MAX_DATA, room)
        if size <= 0 or not self.queued:
            return None
        pieces: list[bytes] = []
        left = size
        while left and self._queue:
            piece = self._queue.popleft()
            if len(piece) > left:
                self._queue.appendleft(piece[left:])
                piece = piece[:left]
            pieces.append(piece)
            left -= len(piece)
        payload = b"".join(pieces)
        self.queued -= len(payload)
        self._send_credit -= len(payload)
        return WebFrame(FrameType.DATA, self.stream_id, payload)

    def drop(self) -> None:
        """Forget what was queued."""
        self._queue.clear()
        self.queued = 0


class Batch:
    """Frames for one body or message."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    @property
    def room(self) -> int:
        """The size of the payload that still fits; negative if no frame does."""
        return MAX_BATCH - self._size - HEADER_SIZE if len(self._pieces) < MAX_FRAMES else -1

    def add(self, frame: WebFrame | None) -> None:
        """Add a frame, if there is one."""
        if frame is not None:
            data = frame.encode()
            self._pieces.append(data)
            self._size += len(data)

    def encode(self) -> bytes:
        """The bytes of all frames."""
        return b"".join(self._pieces)


class Pongs:
    """Answers to pings; not more than a few wait at a time."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, ping: WebFrame) -> None:
        """Answer a PING."""
        if len(self._waiting) == _MAX_PONGS:
            raise RemoteProtocolError("TR19", f"WEB proxy: more than {_MAX_PONGS} pings without an answer")
        self._waiting.append(ping.payload)

    def move_to(self, batch: Batch) -> None:
        """Put all into a batch."""
        while self._waiting:
            batch.add(WebFrame(FrameType.PONG, 0, self._waiting.popleft()))


class ClientStreams:
    """The client's side: one session with one stream."""

    def __init__(self, *, says_hello: bool) -> None:
        """`says_hello`: whether HELLO goes with the other frames; else it was sent before."""
        self._hello = says_hello
        self._opened = False
        self.welcomed = False
        """Whether the relay has answered HELLO."""
        self.ended = False
        """Whether the relay has ended the stream or the session."""
        self._windows = StreamWindows(STREAM)
        self._pongs = Pongs()
        self._received: list[bytes] = []

    @property
    def queued(self) -> int:
        """Bytes that were not sent yet."""
        return self._windows.queued

    def queue(self, data: bytes) -> None:
        """Send bytes of the stream."""
        self._windows.queue(data)

    def receive(self, batch: bytes) -> None:
        """Frames of the relay. Raises RemoteProtocolError."""
        for frame in read_batch(batch):
            if self.ended:
                return
            if (frame.type is FrameType.WELCOME) is self.welcomed:
                raise RemoteProtocolError("TR19", f"WEB proxy: the relay sends {frame.type.name} at the wrong time")
            self._process(frame)

    def _process(self, frame: WebFrame) -> None:
        if frame.stream_id not in {0, STREAM} or (frame.stream_id and not self._opened):
            raise RemoteProtocolError("TR21", f"WEB proxy: the relay names stream {frame.stream_id}, which is not open")
        match frame.type:
            case FrameType.WELCOME:
                self.welcomed = True
            case FrameType.DATA:
                self._windows.receive(len(frame.payload))
                self._received.append(frame.payload)
            case FrameType.WINDOW:
                self._windows.receive_credit(frame.credit)
            case FrameType.PING:
                self._pongs.add(frame)
            case FrameType.CLOSE | FrameType.BYE:
                self.ended = True
            case _:
                raise RemoteProtocolError("TR19", f"WEB proxy: the relay sends {frame.type.name}")

    def take_received(self) -> bytes:
        """Hand on the received bytes: they are credited to the relay."""
        data = b"".join(self._received)
        self._received.clear()
        self._windows.consumed(len(data))
        return data

    @property
    def has_output(self) -> bool:
        """Whether there is something to send."""
        if self._hello:
            return True
        if not self.welcomed or self.ended:
            return False
        return not self._opened or bool(self._pongs) or self._windows.grant_due or self._windows.sendable > 0

    def take_batch(self) -> bytes:
        """The next frames; empty if there are none."""
        if not self.has_output:
            return b""
        batch = Batch()
        if self._hello:
            self._hello = False
            batch.add(WebFrame(FrameType.HELLO, 0, VERSION))
        if self.welcomed:
            if not self._opened:
                self._opened = True
                batch.add(WebFrame(FrameType.OPEN, STREAM))
            self._pongs.move_to(batch)
            batch.add(self._windows.take_grant())
            while (frame := self._windows.take_data(batch.room)) is not None:
                batch.add(frame)
        return batch.encode()


class RelayStream:
    """One stream of a client, as its relay has it. The driver connects it to a data center or an MTProxy."""

    def __init__(self, session: RelayStreams, windows: StreamWindows) -> None:
        self._session = session
        self._windows = windows
        self._closing = False
        self._undelivered = 0
        self._released = False
        self._waits = False
        """Whether to report when there is room."""
        self.closed = False
        """Whether nothing can be sent any more."""

    @property
    def stream_id(self) -> int:
        """The number of the stream in its session."""
        return self._windows.stream_id

    @property
    def room(self) -> int:
        """Bytes to read from the target now: what the client accepts and the relay stores. 0: wait."""
        if self.closed or self._closing or self._session.is_full:
            return 0
        windows = self._windows
        return max(0, min(windows.credit, self._session.max_queued) - windows.queued)

    def wait_for_room(self) -> None:
        """`WebRelay.take_readable` shall return this stream once there is `room`. It is 0 now."""
        self._waits = True
        self._session.wait_for_room(self)

    def check_room(self) -> None:
        """There may be room now."""
        if self._waits and self.room:
            self._waits = False
            self._session.on_room(self)

    def send(self, data: bytes) -> None:
        """Send bytes of the target to the client: as many as `room` was when reading them began.

        Raises LocalProtocolError for more than can be stored.
        """
        room = self._session.max_queued - self._windows.queued
        if len(data) > room and not self.closed:
            raise LocalProtocolError(f"invalid data of a stream: found {len(data)} bytes, expected at most {room}")
        if not self.closed:
            self._windows.queue(data)
            self._session.stored += len(data)
            self._session.wake()

    def delivered(self, size: int) -> None:
        """So many bytes of the client were written to the target: the client may send as many more.

        TR24: they are stored until then, also if the client has closed the stream.
        """
        if self._released:
            return
        self._undelivered -= size
        self._session.stored -= size
        if not self.closed:
            self._windows.consumed(size)
            if self._windows.grant_due:
                self._session.wake()

    def close(self) -> None:
        """The target has ended: tell the client, after everything that was sent."""
        if not self.closed and not self._closing:
            self._closing = True
            self._session.wake()

    def release(self) -> None:
        """The connection to the target is closed, and what was not written to it is dropped.

        TR24: until then, those bytes and the stream count, also if the client has closed the stream.
        """
        if not self._released:
            self.close()
            self._released = True
            self._session.stored -= self._undelivered
            self._undelivered = 0
            if self.closed:
                self._session.on_released()

    def take_frames(self, batch: Batch) -> None:
        """Add what there is to send, one frame of data at most."""
        batch.add(self._windows.take_grant())
        frame = self._windows.take_data(batch.room)
        batch.add(frame)
        if frame is not None:
            self._session.stored -= len(frame.payload)
            self.check_room()
        if self._closing and not self._windows.queued and batch.room >= 0:
            batch.add(WebFrame(FrameType.CLOSE, self.stream_id))
            self._session.forget(self)

    def receive(self, frame: WebFrame) -> bytes:
        """A DATA or WINDOW frame; returns the data."""
        if frame.type is FrameType.WINDOW:
            self._windows.receive_credit(frame.credit)
            self.check_room()
            return b""
        self._windows.receive(len(frame.payload))
        if self._released:  # it was sent before the client knew
            return b""
        self._session.stored += len(frame.payload)
        self._undelivered += len(frame.payload)
        return frame.payload

    def end(self) -> None:
        """The client or the session has ended the stream."""
        if not self.closed:
            self.closed = True
            self._session.stored -= self._windows.queued
            self._windows.drop()
            if self._released:
                self._session.on_released()

    @property
    def has_output(self) -> bool:
        """Whether there is something to send now."""
        windows = self._windows
        return windows.grant_due or windows.sendable > 0 or (self._closing and not windows.queued)


class StreamOpened(NamedTuple):
    """A client opens a stream: connect it to the target."""

    stream: RelayStream


class StreamData(NamedTuple):
    """Bytes for the target. Call `RelayStream.delivered` once they are written."""

    stream: RelayStream
    data: bytes


class StreamClosed(NamedTuple):
    """The client or its session has ended: close the connection to the target, then call `RelayStream.release`."""

    stream: RelayStream


StreamEvent: TypeAlias = StreamOpened | StreamData | StreamClosed


class RelayStreams:
    """The relay's side: one session and all its streams."""

    def __init__(
        self,
        *,
        max_streams: int,
        max_queued: int,
        wake: Callable[[], None],
        stored: Stored,
        open_streams: Stored,
        readable: dict[RelayStream, None],
    ) -> None:
        """`wake` is called when there is something to send. At most `max_queued` bytes of each target are stored.

        `open_streams` counts those of all sessions, until their targets are closed. `readable` gets the streams that
        have waited for room, and have it.
        """
        self.max_queued = max_queued
        self.wake = wake
        self._readable = readable
        self._open_streams = Stored(max_streams, open_streams)
        """TR24: this session may not take the places of others by closing its streams before their targets."""
        self.welcomed = False
        """Whether the client has sent HELLO."""
        self.ended = False
        """Whether the session is over: what is left to send ends with BYE."""
        self._stored = stored
        self._streams: dict[int, RelayStream] = {}
        self._used: set[int] = set()
        self._pongs = Pongs()
        self._replies: list[WebFrame] = []

    @property
    def stored(self) -> int:
        """Bytes of clients and targets that are stored."""
        return self._stored.size

    @stored.setter
    def stored(self, size: int) -> None:
        self._stored.change(size - self._stored.size)

    @property
    def is_full(self) -> bool:
        """Whether no target shall be read, because too much is stored."""
        return self._stored.is_full

    @property
    def has_streams(self) -> bool:
        """Whether any stream is open."""
        return bool(self._streams)

    def wait_for_room(self, stream: RelayStream) -> None:
        """A stream waits for room: also for that of the session and of all sessions."""
        self._stored.wait(stream)

    def on_room(self, stream: RelayStream) -> None:
        """A stream that has waited has room."""
        self._stored.stop_waiting(stream)
        self._readable[stream] = None

    def receive(self, batch: bytes) -> Iterator[StreamEvent]:
        """Frames of the client. Raises RemoteProtocolError."""
        for frame in read_batch(batch, MAX_FRAMES):
            if self.ended:
                return
            if (frame.type is FrameType.HELLO) is self.welcomed:
                raise RemoteProtocolError("TR19", f"WEB proxy: the client sends {frame.type.name} at the wrong time")
            yield from self._process(frame)

    def _process(self, frame: WebFrame) -> Iterator[StreamEvent]:
        match frame.type:
            case FrameType.HELLO:
                if frame.payload != VERSION:
                    raise RemoteProtocolError("TR19", "WEB proxy: the client has another version")
                self.welcomed = True
                self._replies.append(WebFrame(FrameType.WELCOME, 0))
            case FrameType.OPEN:
                yield from self._open(frame.stream_id)
            case FrameType.DATA | FrameType.WINDOW | FrameType.CLOSE:
                yield from self._of_stream(frame)
            case FrameType.PING:
                self._pongs.add(frame)
            case FrameType.PONG:
                pass
            case FrameType.BYE:
                yield from self.end()
            case _:
                raise RemoteProtocolError("TR19", f"WEB proxy: the client sends {frame.type.name}")

    def _open(self, stream_id: int) -> Iterator[StreamEvent]:
        if stream_id in self._used:
            raise RemoteProtocolError("TR21", f"WEB proxy: stream {stream_id} is opened again")
        if len(self._used) == _MAX_IDS:
            yield from self.end()
            return
        self._used.add(stream_id)
        if self._open_streams.is_full:  # TR24
            self._replies.append(WebFrame(FrameType.CLOSE, stream_id))
            return
        self._open_streams.change(1)
        stream = self._streams[stream_id] = RelayStream(self, StreamWindows(stream_id))
        yield StreamOpened(stream)

    def _of_stream(self, frame: WebFrame) -> Iterator[StreamEvent]:
        stream = self._streams.get(frame.stream_id)
        if stream is None:
            if frame.stream_id not in self._used:
                raise RemoteProtocolError("TR21", f"WEB proxy: the client names stream {frame.stream_id}, never opened")
        elif frame.type is FrameType.CLOSE:
            self.forget(stream)
            yield StreamClosed(stream)
        elif data := stream.receive(frame):
            yield StreamData(stream, data)

    def forget(self, stream: RelayStream) -> None:
        """The stream is over."""
        self._end_stream(stream)
        self._streams.pop(stream.stream_id, None)

    def end(self) -> Iterator[StreamClosed]:
        """End the session and its streams."""
        self.ended = True
        while self._streams:
            _, stream = self._streams.popitem()
            self._end_stream(stream)
            yield StreamClosed(stream)

    def _end_stream(self, stream: RelayStream) -> None:
        stream.end()
        self._stored.stop_waiting(stream)
        self._readable.pop(stream, None)

    def on_released(self) -> None:
        """TR24: a stream has ended on both sides: another one may take its place."""
        self._open_streams.change(-1)

    def ping(self) -> None:
        """Ask whether the client is there."""
        self._replies.append(WebFrame(FrameType.PING, 0))
        self.wake()

    @property
    def has_output(self) -> bool:
        """Whether there is something to send."""
        if self._replies or self._pongs or self.ended:
            return True
        return any(stream.has_output for stream in self._streams.values())

    def take_batch(self) -> bytes:
        """The next frames, of all streams by turns; empty if there are none."""
        batch = Batch()
        for frame in self._replies:
            batch.add(frame)
        self._replies.clear()
        self._pongs.move_to(batch)
        if self.ended:
            batch.add(WebFrame(FrameType.BYE, 0))
            return batch.encode()
        while batch.room > 0 and (waiting := [each for each in self._streams.values() if each.has_output]):
            for stream in waiting:
                stream.take_frames(batch)
        return batch.encode()


class Stored:
    """Counts the bytes stored for a session, and for all sessions of a relay; or open streams."""

    def __init__(self, most: int, of_all: Stored | None = None) -> None:
        self.size = 0
        self._most = most
        self._of_all = of_all
        self._waiting: dict[RelayStream, None] = {}
        """Streams that have found no room; each is checked when this is full no longer."""

    def change(self, size: int) -> None:
        """So many bytes more, or less."""
        was_full = self.size >= self._most
        self.size += size
        if self._of_all is not None:
            self._of_all.change(size)
        if was_full and self.size < self._most:
            for stream in list(self._waiting):
                stream.check_room()

    def wait(self, stream: RelayStream) -> None:
        """A stream waits for room."""
        self._waiting[stream] = None
        if self._of_all is not None:
            self._of_all.wait(stream)

    def stop_waiting(self, stream: RelayStream) -> None:
        """A stream has room, or has ended."""
        self._waiting.pop(stream, None)
        if self._of_all is not None:
            self._of_all.stop_waiting(stream)

    @property
    def is_full(self) -> bool:
        """Whether no more should be taken."""
        return self.size >= self._most or (self._of_all is not None and self._of_all.is_full)
