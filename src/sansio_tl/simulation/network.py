"""The simulated network: endpoints, links, and the conditions under which links carry bytes.

    SimHost.connect(endpoint) -> Socket  ~~ Pipe ~~>  Socket <- the listener of the endpoint
                                         <~~ Pipe ~~

A pipe keeps the order of the bytes that are written to it, as TCP does. The conditions of a link are drawn when it is
opened (`conditions`); `relay` is an attacker on the path that handles whole packets.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from sansio_tl.simulation.link_conditions import Cut, DirectionConditions, LinkConditions

if TYPE_CHECKING:
    from sansio_tl.client.actions import Endpoint
    from sansio_tl.simulation.process import SimProcess
    from sansio_tl.simulation.scheduler import Schedule, ScheduledAction

_CALM_LATENCY = 0.01


def _nothing(*_: object) -> None:
    """The default of a socket's callbacks."""


class Socket:
    """One end of a link, without buffers of its own. Set the callbacks; none is called before you return."""

    def __init__(self) -> None:
        self.on_open: Callable[[], None] = _nothing
        """The link is open: write."""
        self.on_data: Callable[[bytes], None] = _nothing
        """Bytes have arrived."""
        self.on_writable: Callable[[], None] = _nothing
        """It was full, and accepts more now."""
        self.on_end: Callable[[str | None], None] = _nothing
        """It has ended, or could not be opened; None if the other end has closed it, else the reason."""
        self.is_open = False
        self.pipe: Pipe | None = None
        """The pipe to which it writes."""
        self.link: Link | None = None
        self.host: SimProcess | None = None

    @property
    def is_writable(self) -> bool:
        """Whether to write now. Data that is written anyway is delivered later."""
        return self.is_open and self.pipe is not None and self.pipe.is_writable

    def send(self, data: bytes) -> None:
        """Write; after the end of the link the data is lost."""
        if self.is_open and self.pipe is not None:
            self.pipe.send(data)
        else:
            self.lose(data)

    def lose(self, data: bytes) -> None:
        """Data is lost because the link or the process has ended: only observers see it."""
        if self.pipe is not None:
            self.pipe.on_writing(data)

    def receive(self, data: bytes) -> None:
        """Bytes have arrived."""
        if self.host is not None:
            self.host.touched = True
        self.on_data(data)

    def end(self, error: str | None) -> None:
        """The link has ended."""
        if self.is_open:
            self.is_open = False
            if self.host is not None:
                self.host.touched = True
            self.on_end(error)

    def close(self) -> None:
        """Close it; the other end is notified after what was written. No callback is called any more."""
        if self.link is not None:
            self.link.close(self)


class Pipe:
    """One direction of a link."""

    def __init__(self, schedule: Schedule, conditions: DirectionConditions, to: Socket) -> None:
        self.writer: Socket | None = None
        self.in_flight = 0
        """Bytes written and not delivered."""
        self.dead = False
        """Whether everything that is written disappears."""
        self.on_cut: Callable[[], None] = _nothing
        """Called at the byte at which the link breaks."""
        self.on_writing: Callable[[bytes], None] = _nothing
        """Observes what is written, before any fault."""
        self.on_delivery: Callable[[bytes], None] = _nothing
        """Observes what is delivered, just before."""
        self.reader = to
        self._schedule = schedule
        self._conditions = conditions
        self._queue: deque[tuple[float, bytes | None]] = deque()
        self._ready = 0.0
        self._next: ScheduledAction | None = None
        self._carried = 0
        self._full = False
        if conditions.relay is not None:
            conditions.relay.put = self._put

    @property
    def tampered(self) -> bool:
        """Whether what is delivered differs from what was written."""
        return self._conditions.tampered

    @property
    def is_writable(self) -> bool:
        """Whether more may be written."""
        return self.in_flight < self._conditions.capacity

    def send(self, data: bytes) -> None:
        """Write bytes, as the relay changes them if there is one."""
        self.on_writing(data)
        if self.dead:
            return
        relay = self._conditions.relay
        for piece in (data,) if relay is None else relay.forward(data, self._put):
            self._put(piece)

    def finish(self) -> None:
        """Notify the other end, after what was written, that nothing more follows."""
        self._enqueue(None)

    def kill(self) -> None:
        """Drop what is in flight and whatever follows. A full pipe stays full: the writer is not notified."""
        self.dead = True
        if self._full:
            self.in_flight = max(self.in_flight, self._conditions.capacity)
        self._queue.clear()
        if self._next is not None:
            self._next.cancel()

    def _put(self, data: bytes) -> None:
        if self.dead:
            return
        for piece in self._conditions.pieces(data):
            self.in_flight += len(piece)
            self._enqueue(piece)
        self._full |= not self.is_writable

    def _enqueue(self, piece: bytes | None) -> None:
        self._ready = max(self._ready, self._schedule.now + self._conditions.latency())
        self._queue.append((self._ready, piece))
        if len(self._queue) == 1:
            self._schedule_delivery()

    def _schedule_delivery(self) -> None:
        when = self._conditions.not_before(self._queue[0][0])
        self._next = self._schedule.at(when, self._deliver)

    def _deliver(self) -> None:
        if self._conditions.not_before(self._schedule.now) > self._schedule.now:
            self._schedule_delivery()
            return
        _, piece = self._queue.popleft()
        if self._queue:
            self._schedule_delivery()
        if piece is None:
            self.reader.end(None)
            return
        self.in_flight -= len(piece)
        arrives, broken = self._conditions.apply_faults(piece, self._carried)
        self._carried += len(piece)
        if arrives and self.reader.is_open:
            self.on_delivery(arrives)
            self.reader.receive(arrives)
        if broken:
            self.on_cut()
        elif self._full and self.is_writable and self.writer is not None and self.writer.is_open:
            self._full = False
            self.writer.on_writable()


class Link:
    """Two sockets and the pipes between them."""

    def __init__(self, schedule: Schedule, conditions: LinkConditions) -> None:
        self.client, self.server = Socket(), Socket()
        self.conditions = conditions
        self.up = Pipe(schedule, conditions.up, self.server)
        self.down = Pipe(schedule, conditions.down, self.client)
        self._schedule = schedule
        for socket, pipe in ((self.client, self.up), (self.server, self.down)):
            socket.link, socket.pipe, pipe.writer = self, pipe, socket
            pipe.on_cut = partial(self.cut, conditions.cut)

    def close(self, socket: Socket) -> None:
        """One end closes it."""
        was_open, socket.is_open = socket.is_open, False
        socket.on_open = socket.on_data = socket.on_writable = socket.on_end = _nothing
        if was_open and socket.pipe is not None and not socket.pipe.dead:
            socket.pipe.finish()

    def cut(self, kind: Cut) -> None:
        """The link breaks: what is in flight is lost, and `kind` names the ends that are notified."""
        self.up.kill()
        self.down.kill()
        for socket, client_event in ((self.client, kind.notifies_client), (self.server, kind.notifies_server)):
            if client_event:
                self._schedule.after(self.conditions.up.latency(), partial(socket.end, "connection reset"))


class SimListener(Protocol):
    """Accepts the connections of an endpoint."""

    def accept(self, link: Link) -> None:
        """A connection was opened: set the callbacks of `link.server`."""


class Network:
    """All endpoints and links."""

    def __init__(self, schedule: Schedule, conditions: Callable[[SimProcess, Endpoint], LinkConditions]) -> None:
        """`conditions` is called for each link that a host opens."""
        self.links: list[Link] = []
        """The links that are being opened, or are open at either end."""
        self.on_link: Callable[[SimProcess, Link], None] = _nothing
        """Observes each link that is opened, before it carries anything."""
        self.on_connect: Callable[[SimProcess, Endpoint], None] = _nothing
        """Observes the endpoints to which hosts connect."""
        self._schedule = schedule
        self._conditions = conditions
        self._listeners: dict[tuple[str, int], SimListener] = {}

    def listen(self, endpoint: Endpoint, listener: SimListener) -> None:
        """Listen at an endpoint from now on."""
        self._listeners[endpoint.host, endpoint.port] = listener

    def connect(self, host: SimProcess, endpoint: Endpoint) -> Socket:
        """Connect a host to an endpoint."""
        self.on_connect(host, endpoint)
        link = Link(self._schedule, self._conditions(host, endpoint))
        link.client.host = host
        self.links = [known for known in self.links if known.client.is_open or known.server.is_open]
        self.links.append(link)
        listener = self._listeners.get((endpoint.host, endpoint.port))
        link.client.is_open = True
        if link.conditions.unreachable:
            return link.client  # never answered: the caller needs a timeout
        delay = link.conditions.up.latency() + _CALM_LATENCY
        if listener is None or link.conditions.failed:
            self._schedule.after(delay, partial(link.client.end, "connection refused"))
        else:
            self._schedule.after(delay, partial(self._open, host, link, listener))
        return link.client

    def close_sockets(self, host: SimProcess) -> None:
        """Close all sockets of a host."""
        for link in self.links:
            if link.client.host is host:
                link.client.close()

    def _open(self, host: SimProcess, link: Link, listener: SimListener) -> None:
        if not link.client.is_open:
            return
        link.server.is_open = True
        self.on_link(host, link)
        host.touched = True
        listener.accept(link)
        link.client.on_open()
