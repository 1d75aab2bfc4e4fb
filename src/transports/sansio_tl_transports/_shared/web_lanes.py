"""The connections of a stream through a WEB proxy, one or two, shared by the adapters. No socket, loop or thread.

    the runner of the stream   <->   WebLanes   <->   LaneRunner   <->   the pump of a connection to the relay
                                                      LaneRunner   <->   the pump of the other one, for long polling

An adapter opens a connection again for a lane that `reopens`: relays and the servers before them end connections at any
time between two requests.
"""

from __future__ import annotations

from collections.abc import Callable

from sansio_tl.proxy.carrier import Carrier, Lane
from sansio_tl_transports._shared.connection_runner import ConnectionRunner


class WebLanes:
    """The connections of one stream."""

    def __init__(self, carrier: Carrier, runner: ConnectionRunner) -> None:
        """`runner` has the bytes of the stream."""
        self.carrier = carrier
        self.runner = runner
        self._hooks: dict[int, Callable[[], None]] = {}
        self._lost = False

    def __len__(self) -> int:
        """The number of connections."""
        return len(self.carrier.lanes)

    @property
    def over(self) -> bool:
        """Whether the stream has ended, so that no connection is opened any more."""
        return self.runner.closed or self.carrier.is_over

    def reopens(self, index: int) -> bool:
        """Whether to open another connection after that one."""
        return not self.over and self.carrier.lanes[index].reopens

    def make_runner(self, index: int, changed: Callable[[], None]) -> ConnectionRunner | None:
        """The runner for a new connection; None if it is no longer needed."""
        if self.over:
            return None
        lane = self.carrier.lanes[index]
        if lane.finished:
            lane.restart()
        self._hooks[index] = changed
        return LaneRunner(self, lane, changed)

    def open_failed(self, index: int, reason: str) -> None:
        """A connection could not be opened."""
        self.carrier.lanes[index].lost(reason)
        self.deliver()

    def wake(self) -> None:
        """The stream has changed: it has output, or has ended."""
        for changed in self._hooks.values():
            changed()

    def deliver(self) -> None:
        """Pass on what has arrived for the stream."""
        if data := self.carrier.take_received():
            self.runner.receive(data)
        if self.carrier.failure is not None and not self._lost:
            self._lost = True
            self.runner.lost(self.carrier.failure)
            self.wake()

    def collect(self) -> None:
        """Take the output of the stream."""
        while self.carrier.accepts and (data := self.runner.output()):
            self.carrier.send(data)
        if self.runner.closed:
            self.carrier.close()

    def wake_others(self, lane: Lane) -> None:
        """Let the other connections send what there is for them."""
        for index, other in enumerate(self.carrier.lanes):
            if other is not lane and index in self._hooks and other.has_output():
                self._hooks[index]()


class LaneEngine:
    """One connection as an engine."""

    def __init__(self, lanes: WebLanes, lane: Lane) -> None:
        self._lanes = lanes
        self._lane = lane

    @property
    def closed(self) -> bool:
        """Whether the connection has ended."""
        return self._lanes.runner.closed or self._lane.finished

    def receive_data(self, data: bytes, *, now: float) -> None:
        """Bytes of the relay."""
        self._lane.receive_data(data, now)
        self._lanes.deliver()

    def data_to_send(self, *, now: float) -> bytes:
        """Bytes for the relay."""
        self._lanes.collect()
        data = self._lane.data_to_send(now)
        self._lanes.wake_others(self._lane)
        return data

    def next_deadline(self) -> float | None:
        """The next deadline of the carrier."""
        return self._lanes.carrier.next_deadline()

    def handle_deadline(self, *, now: float) -> None:
        """The deadline has come."""
        self._lanes.carrier.handle_deadline(now)
        self._lanes.deliver()
        self._lanes.wake()

    def close(self, *, now: float) -> None:
        """Close the stream."""
        del now
        self._lanes.runner.close()


class LaneRunner(ConnectionRunner):
    """The runner of one connection to the relay."""

    reads_on = True

    def __init__(self, lanes: WebLanes, lane: Lane, changed: Callable[[], None]) -> None:
        super().__init__(LaneEngine(lanes, lane), lanes.runner.clock, changed)
        self._lanes = lanes
        self._lane = lane

    @property
    def closes_gracefully(self) -> bool:
        """As the stream."""
        return self._lanes.runner.closes_gracefully

    def deadline(self) -> float:
        """The earlier one of the stream and of its carrier."""
        return min(super().deadline(), self._lanes.runner.deadline())

    def tick(self) -> None:
        """Call both."""
        super().tick()
        self._lanes.runner.tick()

    def lost(self, error: Exception) -> None:
        """The socket failed: the lane opens another one, or the stream has ended."""
        self._lane.lost(str(error))
        self._lanes.deliver()
        self._on_change()

    def fail(self, bug: Exception) -> None:
        """A bug ends the stream."""
        self._lanes.runner.fail(bug)
        self._lanes.wake()
        super().fail(bug)
