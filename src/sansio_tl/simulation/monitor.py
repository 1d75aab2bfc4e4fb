"""The monitor: observes everything in a simulation and checks the invariants."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from sansio_tl.client.actions import Endpoint
from sansio_tl.client.client import Client
from sansio_tl.client.events import ClientEvent, FloodWaitStarted
from sansio_tl.connection.server import IncomingRequest
from sansio_tl.errors import RpcError
from sansio_tl.events import AuthKeyCreated, MessageIgnored, UpdatesReceived
from sansio_tl.limits import Limits
from sansio_tl.simulation.bare_client import BareClient
from sansio_tl.simulation.client import ObservedClient, SimulatedClient
from sansio_tl.simulation.faults import Injected
from sansio_tl.simulation.frame_parser import Frames
from sansio_tl.simulation.invariants.account_integrity import AccountIntegrity
from sansio_tl.simulation.invariants.acks import Acks, End
from sansio_tl.simulation.invariants.actions import ActionWatch
from sansio_tl.simulation.invariants.answers import Answers
from sansio_tl.simulation.invariants.executions import Executions
from sansio_tl.simulation.invariants.memory import Memory
from sansio_tl.simulation.invariants.message_ids import MessageIdCheck
from sansio_tl.simulation.invariants.order import Order
from sansio_tl.simulation.invariants.quiescence import check_spin
from sansio_tl.simulation.invariants.session_takeover import TakeoverCheck
from sansio_tl.simulation.invariants.updates import UpdateDelivery
from sansio_tl.simulation.network import Link, Pipe, Socket
from sansio_tl.simulation.packet_inspector import WatchedPacket, open_packet
from sansio_tl.simulation.process import SimProcess
from sansio_tl.simulation.requests import Execution, SimRequest
from sansio_tl.simulation.server import SimDataCenter, SimServerDriver
from sansio_tl.simulation.violation import Violation

Trace = Callable[[str], None]
AnyClient = SimulatedClient | BareClient
_PLAIN = bytes(8)


class Monitor:
    """Observes hosts, links, data centers and clients."""

    def __init__(self, limits: Limits, injected: Injected, trace: Trace | None) -> None:
        self.checked: Counter[str] = Counter()
        """How often each invariant has been checked."""
        self.keys: dict[bytes, bytes] = {}
        """Every auth key that has existed, by its id."""
        self.events: Counter[str] = Counter()
        """Events of clients, by kind."""
        self.sessions: set[tuple[bytes, int]] = set()
        """The sessions that clients have used: auth key id and session id."""
        self.answers = Answers(self.checked)
        self.executions = Executions(self.checked, injected)
        self.updates = UpdateDelivery(limits, self.checked, injected)
        self.account_integrity = AccountIntegrity(self.checked, injected)
        self.data_centers: dict[SimProcess, SimDataCenter] = {}
        """The data center of each host, where it is one."""
        self.trace = trace
        """Receives a line for each event."""
        self._order = Order(self.checked)
        self._message_ids = MessageIdCheck(limits, self.checked)
        self._acks = Acks(limits, self.checked, self._is_evicted)
        self._memory = Memory(limits, self.checked)
        self._takeovers = TakeoverCheck(self.checked, injected)
        self._clients: dict[SimProcess, ObservedClient] = {}
        self._actions: dict[str, ActionWatch] = {}
        """Of each client that runs, by its name."""
        self._sent: dict[bytes, tuple[WatchedPacket, bool]] = {}
        self._owners: dict[tuple[bytes, bool], SimProcess] = {}
        """The host that uses a key, as a client or as a server."""
        self._full_since: dict[Socket, float] = {}
        """Since when servers cannot write to a link, by their clocks: packets are older than their time on the wire."""

    def _is_evicted(self, host: SimProcess, key_id: bytes, session_id: int) -> bool:
        """Whether a host is a data center that does not have this session any more."""
        if host not in self.data_centers:
            return False
        record = self.data_centers[host].keys.get(key_id)
        return record is None or session_id not in record.sessions

    # -- data centers -----------------------------------------------------------------------------------------------

    def key_made(self, key: AuthKeyCreated) -> None:
        """A handshake has created a key."""
        self.keys[key.auth_key.id] = key.auth_key.key

    def arrived(self, sim_request: SimRequest, request: IncomingRequest) -> None:
        """A data center has received a request."""
        self.log("{} arrives under {:#x}, after {}", sim_request, request.msg_id, request.after)

    def executed(self, sim_request: SimRequest, execution: Execution) -> None:
        """A data center has executed a request."""
        self.log("{} is executed: {}", sim_request, execution)
        self.executions.executed(sim_request, execution)
        self._order.executed(sim_request, execution)

    def failed(self, sim_request: SimRequest | None, error: RpcError) -> None:
        """A data center answers with an error."""
        self.log("{} fails: {}", sim_request, error.text)
        if sim_request is None:
            self.answers.errors_of_imports.add(error.text)
        else:
            sim_request.client_event.add(error.text)

    def server_stepped(self, server: SimServerDriver) -> None:
        """The server's end of a link has made a step."""
        self._memory.check_server(server.data_center.host.name, server.connection)
        if server.socket.link is not None and not server.over:
            self._takeovers.check(server.socket.link, server.connection, self.keys)
        if server.over or server.socket.is_writable:
            self._full_since.pop(server.socket, None)
            return
        self._full_since.setdefault(server.socket, server.data_center.host.now())
        for session in server.connection.sessions:
            self._message_ids.held_back(session.auth_key.id, session.id)

    # -- clients ----------------------------------------------------------------------------------------------------

    def started(self, client: ObservedClient) -> None:
        """A process has started."""
        self.log("{} starts", client.name)
        self._clients[client.host] = client
        if isinstance(client, SimulatedClient) and client.client is not None:
            self.account_integrity.started(client.name, client.client)

    def driven(self, client: ObservedClient, engine: Client) -> Client:
        """A driver is about to get a client: its actions are checked."""
        watch = self._actions[client.name] = ActionWatch(client.name, engine, self.checked)
        return cast("Client", watch)

    def client_event(self, client: ObservedClient, event: ClientEvent, sim_request: SimRequest | None) -> None:
        """A client has emitted an event."""
        self.log("{} emits {!r:.300} {}", client.name, event, sim_request or "")
        self.events[type(event).__name__] += 1
        self.answers.client_event(
            client.name,
            event,
            sim_request,
            still_waiting=len(client.waiting),
            now=client.host.now(),
            knows_floods=not isinstance(client, BareClient),
        )
        if isinstance(event, FloodWaitStarted):
            self.answers.flood_wait(client.name, event, client.waiting.get(event.handle), client.host.now())
        elif isinstance(event, UpdatesReceived):
            self.updates.delivered(client.name, event.updates, client.host.true_time)
        elif isinstance(event, MessageIgnored):
            self._acks.dropped(event.msg_id, event.check, client.host)

    def check_client(self, client: AnyClient) -> None:
        """A client's host has made a step."""
        check_spin(client.host, self.checked)
        waiting = len(client.waiting)
        if isinstance(client, BareClient):
            if client.connection is not None:
                self._memory.check_session(client.name, client.connection.session, waiting)
        elif client.client is not None:
            self._memory.check_client(client.name, client.client, waiting)
            self.account_integrity.check(client.name, client.client)
            self._actions[client.name].check_silence(client.host.now())

    def after_step(self, true_now: float) -> None:
        """Any part has made a step."""
        self._acks.check(true_now)

    # -- the wire ---------------------------------------------------------------------------------------------------

    def on_connect(self, host: SimProcess, endpoint: Endpoint) -> None:
        """A host connects to an address."""
        client = self._clients.get(host)
        if isinstance(client, SimulatedClient):
            self.account_integrity.connecting_to(client.name, endpoint)

    def on_link(self, host: SimProcess, link: Link) -> None:
        """A link is opened: observe its bytes. Those of a malicious client are not checked."""
        for pipe, from_client in ((link.up, True), (link.down, False)):
            if not (from_client and host.malicious):
                writing = Frames(host.framing, from_client=from_client)
                pipe.on_writing = partial(self._written, writing, pipe, from_client)
            reading = Frames(host.framing, from_client=from_client)
            pipe.on_delivery = partial(self._delivered, reading, pipe, from_client)

    def _written(self, frames: Frames, pipe: Pipe, from_client: bool, data: bytes) -> None:  # noqa: FBT001
        for frame in frames.feed(data):
            key = self.keys.get(frame.payload[:8])
            if key is None or pipe.writer is None or pipe.writer.host is None:
                continue
            try:
                packet = open_packet(frame.payload, key, from_client=from_client)
            except ValueError as error:
                raise Violation("message ids and seqnos", f"invalid packet: {error}") from error
            self.log("{} sends {}", pipe.writer.host.name, _Summary(packet))
            self._sent[frame.payload] = (packet, from_client)
            self._owners[packet.key_id, from_client] = pipe.writer.host
            if pipe.reader.host is not None:
                self._owners.setdefault((packet.key_id, not from_client), pipe.reader.host)
            if from_client:
                self.sessions.add((packet.key_id, packet.session_id))
            ends = (pipe.writer.host, pipe.reader.host)
            data_center = next((self.data_centers[host] for host in ends if host in self.data_centers), None)
            honest = data_center is None or data_center.rogue is None
            now, held_since = pipe.writer.host.now(), self._full_since.get(pipe.writer)
            self._message_ids.sent(packet, from_client=from_client, honest=honest, now=now, held_since=held_since)
            self._acks.sent(packet, from_client=from_client)

    def _delivered(self, frames: Frames, pipe: Pipe, from_client: bool, data: bytes) -> None:  # noqa: FBT001
        if pipe.tampered:
            self._delivered_after_tampering(frames, from_client, data)
            return
        for frame in frames.feed(data):
            packet, sent_by_client = self._sent.get(frame.payload, (None, from_client))
            host = pipe.reader.host
            if packet is None or host is None:
                continue
            self.log("{} receives {}", host.name, _Summary(packet))
            if (
                from_client
                and pipe.reader.link is not None
                and (data_center := self.data_centers.get(host)) is not None
            ):
                self._takeovers.arrived(frame.payload, packet, pipe.reader.link, host.name, data_center.memory)
            if sent_by_client is not from_client or host is not self._owners.get((packet.key_id, not from_client)):
                continue  # the receiver rejects it
            if not from_client and pipe.writer is not None and pipe.writer.host in self.data_centers:
                self.account_integrity.message_received(host.name, self.data_centers[pipe.writer.host].dc_id)
            if (pipe.writer and pipe.writer.host) is self._owners.get((packet.key_id, from_client)):
                self._acks.arrived(packet, End(host, pipe.reader), at_client=not from_client)
            else:
                self._acks.delivered_elsewhere(packet, at_client=not from_client)

    def _delivered_after_tampering(self, frames: Frames, from_client: bool, data: bytes) -> None:  # noqa: FBT001
        """Bytes of the link were changed: a packet that still arrives whole has an effect, but is not checked."""
        with contextlib.suppress(ValueError):  # what was changed may be no frame at all
            for frame in frames.feed(data):
                packet, sent_by_client = self._sent.get(frame.payload, (None, from_client))
                if packet is not None and sent_by_client is from_client:
                    self._acks.delivered_elsewhere(packet, at_client=not from_client)

    # -- the attacker -----------------------------------------------------------------------------------------------

    def announced(self, socket: Socket, held: int) -> None:
        """The attacker has announced a packet; `held` bytes of it have been sent, and the link is still open."""
        self._memory.check_announced(held)

    def intruder_traffic(self, socket: Socket, sent: int, received: int) -> None:
        """The attacker has sent and received this many bytes over a connection of its own."""
        if socket.link is not None:
            self._takeovers.intruder_traffic(socket.link, sent, received)

    def saved(self, client: ObservedClient, snapshot: dict[str, Any]) -> None:
        """A client's state was saved."""
        self.account_integrity.saved(client.name, snapshot)

    def closed(self, client: ObservedClient) -> None:
        """A client was closed."""
        self.answers.closed(client.name, len(client.waiting))
        self._actions[client.name].check_closed()

    def log(self, text: str, *values: object) -> None:
        """Add a line to the trace, if there is one."""
        if self.trace is not None:
            self.trace(text.format(*values))


class _Summary:
    """A summary of a packet for the trace, computed only if it is formatted."""

    def __init__(self, packet: WatchedPacket) -> None:
        self._packet = packet

    def __format__(self, _: str) -> str:
        packet = self._packet
        held = " ".join(f"{m.msg_id:#x}/{m.seqno}:{m.kind:08x}" for m in packet.messages)
        return f"key {packet.key_id.hex()[:4]} session {packet.session_id & 0xFFFF:04x}: {held}"
