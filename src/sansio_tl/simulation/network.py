"""The simulated network: endpoints, links, and what they do to the bytes that they carry.

    Machine.dial(endpoint) -> Socket  ~~ Pipe ~~>  Socket <- the listener of the endpoint
                                     <~~ Pipe ~~

A pipe keeps the order of what is written into it, as TCP does. What a link has to suffer is decided when it is
dialled (`weather`), and what somebody hostile on the way does to whole packets stands in `relay`.
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
    from sansio_tl.simulation.scheduler import Appointment, Schedule

_CALM_LATENCY = 0.01


def _nothing(*_: object) -> None:
    """What a socket calls while nobody has set a callback."""


class Socket:
    """One end of a link, without buffers of its own. Set the callbacks; nothing is called before you return."""

    def __init__(self) -> None:
        self.on_open: Callable[[], None] = _nothing
        """The link is open: write."""
        self.on_data: Callable[[bytes], None] = _nothing
        """Bytes have come."""
        self.on_room: Callable[[], None] = _nothing
        """It was full, and takes more now."""
        self.on_end: Callable[[str | None], None] = _nothing
        """It is over, or could not be opened; None when the other end has closed it, else why."""
        self.is_open = False
        self.pipe: Pipe | None = None
        """What it writes into."""
        self.link: Link | None = None
        self.machine: SimProcess | None = None

    @property
    def has_room(self) -> bool:
        """Whether to write now. What is written all the same is carried, only later."""
        return self.is_open and self.pipe is not None and self.pipe.has_room

    def send(self, data: bytes) -> None:
        """Write; of a link that is over nothing is carried."""
        if self.is_open and self.pipe is not None:
            self.pipe.send(data)
        else:
            self.lose(data)

    def lose(self, data: bytes) -> None:
        """What was to be written is lost, because the link or the process is over: only who watches sees it."""
        if self.pipe is not None:
            self.pipe.on_writing(data)

    def receive(self, data: bytes) -> None:
        """Bytes have come."""
        if self.machine is not None:
            self.machine.touched = True
        self.on_data(data)

    def end(self, error: str | None) -> None:
        """The link is over."""
        if self.is_open:
            self.is_open = False
            if self.machine is not None:
                self.machine.touched = True
            self.on_end(error)

    def close(self) -> None:
        """Close it; the other end is told after what was written. No callback is called any more."""
        if self.link is not None:
            self.link.close(self)


class Pipe:
    """One direction of a link."""

    def __init__(self, schedule: Schedule, weather: DirectionConditions, to: Socket) -> None:
        self.writer: Socket | None = None
        self.in_flight = 0
        """Bytes written and not delivered."""
        self.dead = False
        """Whether everything that is written disappears."""
        self.on_cut: Callable[[], None] = _nothing
        """Called when the byte is reached at which the link breaks."""
        self.on_writing: Callable[[bytes], None] = _nothing
        """Sees what is written, before anything happens to it."""
        self.on_delivery: Callable[[bytes], None] = _nothing
        """Sees what is delivered, just before that."""
        self.reader = to
        self._schedule = schedule
        self._weather = weather
        self._queue: deque[tuple[float, bytes | None]] = deque()
        self._ready = 0.0
        self._next: Appointment | None = None
        self._carried = 0
        self._full = False
        if weather.relay is not None:
            weather.relay.put = self._put

    @property
    def tampered(self) -> bool:
        """Whether what is delivered is no longer what was written."""
        return self._weather.tampered

    @property
    def has_room(self) -> bool:
        """Whether more may be written."""
        return self.in_flight < self._weather.capacity

    def send(self, data: bytes) -> None:
        """Take bytes, or what the relay makes of them."""
        self.on_writing(data)
        if self.dead:
            return
        relay = self._weather.relay
        for piece in (data,) if relay is None else relay.forward(data, self._put):
            self._put(piece)

    def finish(self) -> None:
        """Tell the other end, after what was written, that nothing more will come."""
        self._enqueue(None)

    def kill(self) -> None:
        """Lose what is in flight and whatever follows. What was full stays so: nothing tells the writer."""
        self.dead = True
        if self._full:
            self.in_flight = max(self.in_flight, self._weather.capacity)
        self._queue.clear()
        if self._next is not None:
            self._next.cancel()

    def _put(self, data: bytes) -> None:
        if self.dead:
            return
        for piece in self._weather.pieces(data):
            self.in_flight += len(piece)
            self._enqueue(piece)
        self._full |= not self.has_room

    def _enqueue(self, piece: bytes | None) -> None:
        self._ready = max(self._ready, self._schedule.now + self._weather.latency())
        self._queue.append((self._ready, piece))
        if len(self._queue) == 1:
            self._book()

    def _book(self) -> None:
        when = self._weather.not_before(self._queue[0][0])
        self._next = self._schedule.at(when, self._deliver)

    def _deliver(self) -> None:
        if self._weather.not_before(self._schedule.now) > self._schedule.now:
            self._book()
            return
        _, piece = self._queue.popleft()
        if self._queue:
            self._book()
        if piece is None:
            self.reader.end(None)
            return
        self.in_flight -= len(piece)
        arrives, broken = self._weather.apply_faults(piece, self._carried)
        self._carried += len(piece)
        if arrives and self.reader.is_open:
            self.on_delivery(arrives)
            self.reader.receive(arrives)
        if broken:
            self.on_cut()
        elif self._full and self.has_room and self.writer is not None and self.writer.is_open:
            self._full = False
            self.writer.on_room()


class Link:
    """Two sockets and the pipes between them."""

    def __init__(self, schedule: Schedule, weather: LinkConditions) -> None:
        self.client, self.server = Socket(), Socket()
        self.weather = weather
        self.up = Pipe(schedule, weather.up, self.server)
        self.down = Pipe(schedule, weather.down, self.client)
        self._schedule = schedule
        for socket, pipe in ((self.client, self.up), (self.server, self.down)):
            socket.link, socket.pipe, pipe.writer = self, pipe, socket
            pipe.on_cut = partial(self.cut, weather.cut)

    def close(self, socket: Socket) -> None:
        """One end closes it."""
        was_open, socket.is_open = socket.is_open, False
        socket.on_open = socket.on_data = socket.on_room = socket.on_end = _nothing
        if was_open and socket.pipe is not None and not socket.pipe.dead:
            socket.pipe.finish()

    def cut(self, kind: Cut) -> None:
        """The link breaks: what is in flight is lost, and those are told whom `kind` names."""
        self.up.kill()
        self.down.kill()
        for socket, told in ((self.client, kind.tells_client), (self.server, kind.tells_server)):
            if told:
                self._schedule.after(self.weather.up.latency(), partial(socket.end, "connection reset"))


class SimListener(Protocol):
    """Who listens at an endpoint."""

    def welcome(self, link: Link) -> None:
        """Somebody has connected: set the callbacks of `link.server`."""


class Network:
    """All endpoints and links."""

    def __init__(self, schedule: Schedule, weather: Callable[[SimProcess, Endpoint], LinkConditions]) -> None:
        """`weather` is asked for each link that a machine dials."""
        self.links: list[Link] = []
        """Those that are being opened, or are open at either end."""
        self.on_link: Callable[[SimProcess, Link], None] = _nothing
        """Sees each link that is opened, before anything goes over it."""
        self.on_dial: Callable[[SimProcess, Endpoint], None] = _nothing
        """Sees where machines connect to."""
        self._schedule = schedule
        self._weather = weather
        self._listeners: dict[tuple[str, int], SimListener] = {}

    def listen(self, endpoint: Endpoint, listener: SimListener) -> None:
        """Somebody listens there from now on."""
        self._listeners[endpoint.host, endpoint.port] = listener

    def dial(self, machine: SimProcess, endpoint: Endpoint) -> Socket:
        """Connect a machine to an endpoint."""
        self.on_dial(machine, endpoint)
        link = Link(self._schedule, self._weather(machine, endpoint))
        link.client.machine = machine
        self.links = [known for known in self.links if known.client.is_open or known.server.is_open]
        self.links.append(link)
        listener = self._listeners.get((endpoint.host, endpoint.port))
        link.client.is_open = True
        if link.weather.unreachable:
            return link.client  # nobody ever answers; whoever dials has to lose patience
        delay = link.weather.up.latency() + _CALM_LATENCY
        if listener is None or link.weather.refused:
            self._schedule.after(delay, partial(link.client.end, "connection refused"))
        else:
            self._schedule.after(delay, partial(self._open, machine, link, listener))
        return link.client

    def _open(self, machine: SimProcess, link: Link, listener: SimListener) -> None:
        if not link.client.is_open:
            return
        link.server.is_open = True
        self.on_link(machine, link)
        machine.touched = True
        listener.welcome(link)
        link.client.on_open()
