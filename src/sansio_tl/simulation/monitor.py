"""The monitor: sees everything that happens in a simulation and asks the invariants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from sansio_tl.client.actions import Endpoint
from sansio_tl.client.events import ClientEvent
from sansio_tl.connection.server import IncomingRequest
from sansio_tl.errors import RpcError
from sansio_tl.events import AuthKeyCreated, MessageIgnored, UpdatesReceived
from sansio_tl.limits import Limits
from sansio_tl.simulation.bare_client import BareClient
from sansio_tl.simulation.client import SimulatedClient, Visible
from sansio_tl.simulation.faults import Injected
from sansio_tl.simulation.frame_parser import Frames
from sansio_tl.simulation.invariants.account_integrity import Possessions
from sansio_tl.simulation.invariants.acks import Acks, End
from sansio_tl.simulation.invariants.answers import Answers
from sansio_tl.simulation.invariants.executions import Executions
from sansio_tl.simulation.invariants.memory import Memory
from sansio_tl.simulation.invariants.message_ids import Numbers
from sansio_tl.simulation.invariants.order import Order
from sansio_tl.simulation.invariants.quiescence import check_spin
from sansio_tl.simulation.invariants.session_takeover import Moves
from sansio_tl.simulation.invariants.updates import UpdateDelivery
from sansio_tl.simulation.network import Link, Pipe, Socket
from sansio_tl.simulation.packet_inspector import WatchedPacket, open_packet
from sansio_tl.simulation.process import SimProcess
from sansio_tl.simulation.requests import Execution, SimRequest
from sansio_tl.simulation.server import ServerLink, SimDataCenter
from sansio_tl.simulation.violation import Violation

Trace = Callable[[str], None]
AnyCustomer = SimulatedClient | BareClient
_PLAIN = bytes(8)


class Monitor:
    """Watches machines, links, data centers and customers."""

    def __init__(self, limits: Limits, injected: Injected, trace: Trace | None) -> None:
        self.checked: Counter[str] = Counter()
        """How often each invariant has been checked."""
        self.keys: dict[bytes, bytes] = {}
        """Every auth key there ever was, by its id."""
        self.events: Counter[str] = Counter()
        """What clients were told, by kind."""
        self.sessions: set[tuple[bytes, int]] = set()
        """In which clients have spoken: auth key id and session id."""
        self.answers = Answers(self.checked)
        self.executions = Executions(self.checked, injected)
        self.updates = UpdateDelivery(limits, self.checked, injected)
        self.possessions = Possessions(self.checked, injected)
        self.data_centers: dict[SimProcess, SimDataCenter] = {}
        """The data center that each machine is, where it is one."""
        self.trace = trace
        """Takes a line for each thing that happens."""
        self._order = Order(self.checked)
        self._numbers = Numbers(limits, self.checked)
        self._acks = Acks(limits, self.checked)
        self._memory = Memory(limits, self.checked)
        self._moves = Moves(self.checked, injected)
        self._clients: dict[SimProcess, Visible] = {}
        self._sent: dict[bytes, tuple[WatchedPacket, bool]] = {}
        self._owners: dict[tuple[bytes, bool], SimProcess] = {}
        """Which machine speaks under a key, as a client or as a server."""
        self._full_since: dict[Socket, float] = {}
        """Since when servers cannot write to a link, by their clocks: packets wait as they were made."""

    # -- data centers -----------------------------------------------------------------------------------------------

    def key_made(self, key: AuthKeyCreated) -> None:
        """A handshake has made a key."""
        self.keys[key.auth_key.id] = key.auth_key.key

    def arrived(self, errand: SimRequest, request: IncomingRequest) -> None:
        """A data center is asked to do an errand."""
        self.say("{} arrives under {:#x}, after {}", errand, request.msg_id, request.after)

    def executed(self, errand: SimRequest, execution: Execution) -> None:
        """A data center has done an errand."""
        self.say("{} is done: {}", errand, execution)
        self.executions.executed(errand, execution)
        self._order.executed(errand, execution)

    def refused(self, errand: SimRequest | None, error: RpcError) -> None:
        """A data center answers with an error."""
        self.say("{} is refused: {}", errand, error.text)
        if errand is None:
            self.answers.errors_of_imports.add(error.text)
        else:
            errand.told.add(error.text)

    def server_stepped(self, server: ServerLink) -> None:
        """Something has happened at the server's end of a link."""
        self._memory.check_server(server.data_center.machine.name, server.connection)
        if server.socket.link is not None and not server.over:
            self._moves.check(server.socket.link, server.connection, self.keys)
        if server.over or server.socket.has_room:
            self._full_since.pop(server.socket, None)
            return
        self._full_since.setdefault(server.socket, server.data_center.machine.now())
        for session in server.connection.sessions:
            self._numbers.held_back(session.auth_key.id, session.id)

    # -- customers --------------------------------------------------------------------------------------------------

    def started(self, customer: Visible) -> None:
        """A process has begun."""
        self.say("{} starts", customer.name)
        self._clients[customer.machine] = customer
        if isinstance(customer, SimulatedClient) and customer.client is not None:
            self.possessions.started(customer.name, customer.client)

    def told(self, customer: Visible, event: ClientEvent, errand: SimRequest | None) -> None:
        """A client tells something."""
        self.say("{} is told {!r:.300} {}", customer.name, event, errand or "")
        self.events[type(event).__name__] += 1
        self.answers.told(customer.name, event, errand, still_waiting=len(customer.waiting))
        if isinstance(event, UpdatesReceived):
            self.updates.delivered(customer.name, event.updates, customer.machine.true_time)
        elif isinstance(event, MessageIgnored):
            self._acks.dropped(event.msg_id, event.check, customer.machine)

    def look_at(self, customer: AnyCustomer) -> None:
        """Something has happened on a customer's machine."""
        check_spin(customer.machine, self.checked)
        waiting = len(customer.waiting)
        if isinstance(customer, BareClient):
            if customer.connection is not None:
                self._memory.check_session(customer.name, customer.connection.session, waiting)
        elif customer.client is not None:
            self._memory.check_client(customer.name, customer.client, waiting)
            self.possessions.look_at(customer.name, customer.client)

    def after_step(self, true_now: float) -> None:
        """Something has happened anywhere."""
        self._acks.check(true_now)

    # -- the wire ---------------------------------------------------------------------------------------------------

    def on_dial(self, machine: SimProcess, endpoint: Endpoint) -> None:
        """A machine connects to an address."""
        customer = self._clients.get(machine)
        if isinstance(customer, SimulatedClient):
            self.possessions.dialled(customer.name, endpoint)

    def on_link(self, machine: SimProcess, link: Link) -> None:
        """A link is opened: tap it. What a malicious client sends is not judged."""
        for pipe, from_client in ((link.up, True), (link.down, False)):
            if not (from_client and machine.malicious):
                writing = Frames(machine.framing, from_client=from_client)
                pipe.on_writing = partial(self._written, writing, pipe, from_client)
            reading = Frames(machine.framing, from_client=from_client)
            pipe.on_delivery = partial(self._delivered, reading, pipe, from_client)

    def _written(self, frames: Frames, pipe: Pipe, from_client: bool, data: bytes) -> None:  # noqa: FBT001
        for frame in frames.feed(data):
            key = self.keys.get(frame.payload[:8])
            if key is None or pipe.writer is None or pipe.writer.machine is None:
                continue
            try:
                packet = open_packet(frame.payload, key, from_client=from_client)
            except ValueError as error:
                raise Violation("message ids and seqnos", f"a packet that cannot be read: {error}") from error
            self.say("{} sends {}", pipe.writer.machine.name, _Summary(packet))
            self._sent[frame.payload] = (packet, from_client)
            self._owners[packet.key_id, from_client] = pipe.writer.machine
            if pipe.reader.machine is not None:
                self._owners.setdefault((packet.key_id, not from_client), pipe.reader.machine)
            if from_client:
                self.sessions.add((packet.key_id, packet.session_id))
            ends = (pipe.writer.machine, pipe.reader.machine)
            data_center = next((self.data_centers[machine] for machine in ends if machine in self.data_centers), None)
            honest = data_center is None or data_center.rogue is None
            now, held_since = pipe.writer.machine.now(), self._full_since.get(pipe.writer)
            self._numbers.sent(packet, from_client=from_client, honest=honest, now=now, held_since=held_since)
            self._acks.sent(packet, from_client=from_client)

    def _delivered(self, frames: Frames, pipe: Pipe, from_client: bool, data: bytes) -> None:  # noqa: FBT001
        if pipe.tampered:
            return
        for frame in frames.feed(data):
            packet, sent_by_client = self._sent.get(frame.payload, (None, from_client))
            machine = pipe.reader.machine
            if packet is None or machine is None:
                continue
            self.say("{} receives {}", machine.name, _Summary(packet))
            if (
                from_client
                and pipe.reader.link is not None
                and (data_center := self.data_centers.get(machine)) is not None
            ):
                self._moves.arrived(frame.payload, packet, pipe.reader.link, machine.name, data_center.memory)
            if sent_by_client is not from_client or machine is not self._owners.get((packet.key_id, not from_client)):
                continue  # nobody takes it for what it is
            if not from_client and pipe.writer is not None and pipe.writer.machine in self.data_centers:
                self.possessions.heard(machine.name, self.data_centers[pipe.writer.machine].dc_id)
            if (pipe.writer and pipe.writer.machine) is self._owners.get((packet.key_id, from_client)):
                self._acks.arrived(packet, End(machine, pipe.reader), at_client=not from_client)
            else:
                self._acks.strayed(packet, at_client=not from_client)

    # -- the attacker -----------------------------------------------------------------------------------------------

    def announced(self, socket: Socket, held: int) -> None:
        """The attacker has announced a packet; `deferred` bytes of it are there, and the link is still open."""
        self._memory.check_announced(held)

    def overheard(self, socket: Socket, sent: int, received: int) -> None:
        """The attacker has sent and received so many bytes over a link of its own."""
        if socket.link is not None:
            self._moves.overheard(socket.link, sent, received)

    def saved(self, customer: Visible, snapshot: dict[str, Any]) -> None:
        """A client's state was saved."""
        self.possessions.saved(customer.name, snapshot)

    def closed(self, customer: Visible) -> None:
        """A client was closed."""
        self.answers.closed(customer.name, len(customer.waiting))

    def say(self, text: str, *values: object) -> None:
        """Add a line to the trace, if there is one."""
        if self.trace is not None:
            self.trace(text.format(*values))


class _Summary:
    """What a packet holds, for the trace; worked out only if somebody reads it."""

    def __init__(self, packet: WatchedPacket) -> None:
        self._packet = packet

    def __format__(self, _: str) -> str:
        packet = self._packet
        held = " ".join(f"{m.msg_id:#x}/{m.seqno}:{m.kind:08x}" for m in packet.messages)
        return f"key {packet.key_id.hex()[:4]} session {packet.session_id & 0xFFFF:04x}: {held}"
