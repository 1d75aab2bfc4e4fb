"""The connections of a client through a WEB proxy after the handshake: long polling, and WebSocket.

Long polling needs two connections, since one of them waits nearly always. Either may end between two requests, and even
within one: it is made again over another connection. TR22: a repeated `up` has the same number and the same bytes, and
`down` names the last batch that arrived, so nothing is lost or doubled.
"""

from __future__ import annotations

import math
import re
from abc import abstractmethod
from typing import Final

from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
from sansio_tl.proxy.carrier import Carrier, Lane
from sansio_tl.proxy.handshake import ProxyError
from sansio_tl.proxy.web_polls import HttpConnection, HttpRequest, HttpResponse, Polls
from sansio_tl.proxy.web_socket import WebSocketBatches
from sansio_tl.proxy.web_streams import ClientStreams

STEP: Final = "WEB proxy"
"""The step of errors."""
CURSOR: Final = re.compile(r"[0-9]{1,20}")
"""What a poll begins with."""
_POLL_TIMEOUT: Final = 90.0
"""Seconds after which an unanswered poll has failed. Relays answer after half a minute."""
_REQUEST_TIMEOUT: Final = 30.0
"""Seconds without progress after which a request has failed."""
_RETRY: Final = 1.0
"""Seconds before a request that the relay could not take (503) is repeated."""
_MAX_ATTEMPTS: Final = 4
"""Times that a request is made before the connection has failed."""
_MAX_QUEUED: Final = 512 << 10
"""Bytes of the stream that are queued; more stays in the layer above."""


class WebCarrier(Carrier):
    """The bytes of a stream in frames."""

    def __init__(self, streams: ClientStreams) -> None:
        super().__init__()
        self._streams = streams

    @property
    def accepts(self) -> bool:
        """Whether more bytes should be passed to `send` now."""
        return not self.is_over and self._streams.queued < _MAX_QUEUED

    def send(self, data: bytes) -> None:
        """Send bytes of the stream. Raises LocalProtocolError after the end."""
        if self.is_over:
            raise LocalProtocolError("the WEB proxy's stream has ended")
        self._streams.queue(data)

    def take_received(self) -> bytes:
        """The bytes of the stream that have arrived."""
        return self._streams.take_received()

    def fail(self, reason: str) -> None:
        """The stream has ended; the first reason is kept."""
        if not self.is_over:
            self.failure = ProxyError(STEP, reason)

    def receive_batch(self, batch: bytes) -> None:
        """Frames of the relay."""
        try:
            self._streams.receive(batch)
        except RemoteProtocolError as error:
            if not self.is_over:
                self.failure = error
        else:
            if self._streams.ended:
                self.fail("the relay closed the stream")


class PollingCarrier(WebCarrier):
    """Two connections: one sends frames, the other waits for those of the relay."""

    def __init__(
        self, streams: ClientStreams, polls: Polls, host: str, first: HttpConnection, number: int, cursor: str
    ) -> None:
        """`first` is the connection of the handshake; it goes on to send frames."""
        super().__init__(streams)
        self.polls = polls
        self.lanes = (UpLane(self, streams, host, first, number), DownLane(self, host, cursor))


class _PollingLane(Lane):
    """One request at a time, repeated over another connection if need be."""

    timeout = _REQUEST_TIMEOUT

    def __init__(self, carrier: PollingCarrier, host: str, first: HttpConnection | None) -> None:
        self._carrier = carrier
        self._host = host
        self._http = first
        self._request: HttpRequest | None = None
        """The request that has no answer yet."""
        self._sent = False
        """Whether it was sent over the present connection."""
        self._attempts = 0
        self._paused = False
        """Whether the relay could not take the request, which is repeated at the deadline."""
        self._last_request: HttpRequest | None = None
        """Sent once this side has ended the stream, unless another request is open."""

    @property
    def finished(self) -> bool:
        """Whether the present connection is of no more use."""
        return self._carrier.is_over or self._http is None

    @property
    def reopens(self) -> bool:
        """Whether another connection shall be opened after this one."""
        return not self._carrier.is_over

    def restart(self) -> None:
        """There is another connection."""
        self._http = HttpConnection(self._host)

    def receive_data(self, data: bytes, now: float) -> None:
        """Bytes of the relay."""
        if self._carrier.is_over or self._http is None:
            return
        if not self._sent:  # the end of an idle connection, which some servers explain
            self._end_connection("")
            return
        try:
            answer = self._http.receive(data)
        except RemoteProtocolError as error:
            if error.check == "TR10":
                self._end_connection("the relay closed the connection in its answer")
            else:
                self._carrier.fail(str(error))
            return
        if answer is not None:
            self._sent = False
            self._answered(answer, now)
        if not data or not (self._http.reusable or self._sent):
            self._end_connection("the relay closed the connection")

    def _answered(self, answer: HttpResponse, now: float) -> None:
        self.deadline = math.inf
        if answer.status == 503:
            self._paused = True
            self.deadline = now + _RETRY
            self._count_attempt(f"the relay cannot take the request: HTTP {answer.status}")
            return
        self._request = None
        self._attempts = 0
        self._process(answer)

    def lost(self, reason: str) -> None:
        """The connection is broken, or could not be opened."""
        if self._http is None:
            self._count_attempt(reason)
        else:
            self._end_connection(reason)

    def _end_connection(self, reason: str) -> None:
        if self._http is None:
            return
        self._http = None
        if self._sent:
            self._count_attempt(reason)
        self._sent = False

    def _count_attempt(self, reason: str) -> None:
        self._attempts += 1
        if self._attempts == _MAX_ATTEMPTS:
            self._carrier.fail(reason)

    def has_output(self) -> bool:
        """Whether `data_to_send` returns bytes."""
        carrier = self._carrier
        if self._http is None or self._sent:
            return False
        if carrier.closed:
            return self._last_request is not None
        if carrier.failure is not None or self._paused:
            return False
        return self._request is not None or self._is_due()

    def data_to_send(self, now: float) -> bytes:
        """The bytes to write now."""
        if self._http is None or not self.has_output():
            return b""
        if self._carrier.closed and self._last_request is not None:
            last, self._last_request = self._last_request, None
            return self._http.send(last)
        if self._request is None:
            self._request = self._next_request()
        self._sent = True
        self.deadline = now + self.timeout
        return self._http.send(self._request)

    def on_deadline(self) -> None:
        """The deadline has passed."""
        self.deadline = math.inf
        self._paused = False
        if self._sent:
            self._end_connection("no answer of the relay in time")

    @abstractmethod
    def _is_due(self) -> bool:
        """Whether there is a request to make."""

    @abstractmethod
    def _next_request(self) -> HttpRequest:
        """The next request, when it is due."""

    @abstractmethod
    def _process(self, answer: HttpResponse) -> None:
        """The answer to the request."""


class UpLane(_PollingLane):
    """Sends the frames of the client."""

    def __init__(
        self, carrier: PollingCarrier, streams: ClientStreams, host: str, first: HttpConnection, number: int
    ) -> None:
        super().__init__(carrier, host, first)
        self._streams = streams
        self._number = number
        self._last_request = carrier.polls.end()

    def _is_due(self) -> bool:
        return self._streams.has_output

    def _next_request(self) -> HttpRequest:
        return self._carrier.polls.up(self._number, self._streams.take_batch())

    def _process(self, answer: HttpResponse) -> None:
        if not self._carrier.polls.is_accepted(self._number, answer):
            self._carrier.fail(f"the relay rejects frames: HTTP {answer.status}")
        self._number += 1


class DownLane(_PollingLane):
    """Waits for the frames of the relay."""

    timeout = _POLL_TIMEOUT

    def __init__(self, carrier: PollingCarrier, host: str, cursor: str) -> None:
        super().__init__(carrier, host, None)
        self._cursor = cursor

    def _is_due(self) -> bool:
        return True

    def _next_request(self) -> HttpRequest:
        return self._carrier.polls.down(self._cursor)

    def _process(self, answer: HttpResponse) -> None:
        if answer.status == 204:
            return
        cursor = self._carrier.polls.cursor(answer)
        if answer.status != 200 or not CURSOR.fullmatch(cursor):
            self._carrier.fail(f"the relay ends the poll: HTTP {answer.status}")
            return
        self._cursor = cursor
        self._carrier.receive_batch(answer.body)


class WebSocketCarrier(WebCarrier):
    """One WebSocket."""

    def __init__(self, streams: ClientStreams, socket: WebSocketBatches) -> None:
        super().__init__(streams)
        self._lane = WebSocketLane(self, streams, socket)
        self.lanes = (self._lane,)

    def read(self) -> None:
        """Read what has arrived with the answer to the upgrade."""
        self._lane.read()


class WebSocketLane(Lane):
    """The only connection of a `WebSocketCarrier`. When it ends, so does the stream."""

    def __init__(self, carrier: WebSocketCarrier, streams: ClientStreams, socket: WebSocketBatches) -> None:
        self._carrier = carrier
        self._streams = streams
        self._socket = socket
        self._ended = False

    @property
    def finished(self) -> bool:
        """Whether the present connection is of no more use."""
        return self._carrier.is_over

    @property
    def reopens(self) -> bool:
        """Whether another connection shall be opened after this one."""
        return False

    def restart(self) -> None:
        """There is another connection."""
        raise LocalProtocolError("a WebSocket is not opened again")

    def receive_data(self, data: bytes, now: float) -> None:
        """Bytes of the relay."""
        del now
        if self._carrier.is_over:
            return
        if not data:
            self._carrier.fail("the relay closed the connection")
            return
        self._socket.receive_data(data)
        self.read()

    def read(self) -> None:
        """Read what has arrived, perhaps with the handshake."""
        try:
            for batch in self._socket.batches():
                self._carrier.receive_batch(batch)
                if self._carrier.is_over:
                    return
        except RemoteProtocolError as error:
            self._carrier.fail(str(error))
        if self._socket.closed:
            self._carrier.fail("the relay closed the WebSocket")

    def lost(self, reason: str) -> None:
        """The connection is broken, or could not be opened."""
        self._carrier.fail(reason)

    def has_output(self) -> bool:
        """Whether `data_to_send` returns bytes."""
        if self._socket.has_control_output:
            return True
        return not self._ended if self._carrier.is_over else self._streams.has_output

    def data_to_send(self, now: float) -> bytes:
        """The bytes to write now."""
        del now
        pieces = [self._socket.control_output()]
        if not self._carrier.is_over:
            while batch := self._streams.take_batch():
                pieces.append(self._socket.message(batch))
        elif not self._ended:
            self._ended = True
            pieces.append(self._socket.close_frame())
        return b"".join(pieces)

    def on_deadline(self) -> None:
        """It has none: the layer above detects silence."""
