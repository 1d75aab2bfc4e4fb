"""The links of a client: which ones are needed, dialling and hanging up, keys that end or are key_not_found_count.

What the sessions tell is handed to the owner, who decides what becomes of requests.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import inf
from typing import Protocol

from sansio_tl.client.actions import Action, Connect, Disconnect, Endpoint
from sansio_tl.client.config import ClientConfig
from sansio_tl.client.dc_session import DcSession, DcState
from sansio_tl.client.endpoints import Endpoints
from sansio_tl.client.events import AuthKeyNotFound, ClientEvent, ConnectionLost
from sansio_tl.connection.client import Connection
from sansio_tl.entropy import Entropy
from sansio_tl.errors import RemoteProtocolError, RpcError, TransportError
from sansio_tl.errors.protocol import ProtocolError
from sansio_tl.events import ConnectionClosed, Event

KEY_NOT_FOUND = -404
_NO_KEY_OF_OURS = "HS4"
"""Trying again does not help: the keys come from the configuration."""
_KEY_CANNOT_BIND = "ENCRYPTED_MESSAGE_INVALID"


class Owner(Protocol):
    """Whom the links work for."""

    def handle_event(self, channel: DcSession, event: Event, now: float) -> None:
        """A session tells something."""

    def stays_connected_to(self, dc_id: int) -> bool:
        """Whether the link to that data center is kept even when nothing is asked."""
        ...

    def on_void_key(self, data_center: DcState, error: RpcError) -> None:
        """The data center does not know our permanent key, and has said so under a temporary one."""

    def on_no_endpoint(self, channel: DcSession, now: float) -> None:
        """No address of that data center is known."""


class ConnectionManager:
    """All channels of a client and the links that they use."""

    def __init__(
        self,
        config: ClientConfig,
        owner: Owner,
        *,
        data_centers: dict[int, DcState],
        endpoints: Endpoints,
        report: Callable[[ClientEvent], None],
        entropy: Entropy,
    ) -> None:
        self.actions: deque[Action] = deque()
        """What the driver of the client has to do."""
        self.channels: list[DcSession] = []
        self.data_centers = data_centers
        """What is known of each data center."""
        self.endpoints = endpoints
        """Where each data center listens."""
        self._config = config
        self._owner = owner
        self._report = report
        self._entropy = entropy
        self._by_link: dict[int, DcSession] = {}
        self._seconds: dict[int, tuple[DcSession, Connection]] = {}
        """Second links of sessions, for framings on which a server speaks only when it is asked."""
        self._next_link = 1

    def channel(self, dc_id: int, now: float) -> DcSession:
        """The channel of a data center that takes new requests."""
        for channel in self.channels:
            if channel.data_center.dc_id == dc_id and not channel.draining:
                return channel
        channel = DcSession(self._config, self.data_center(dc_id), entropy=self._entropy, now=now)
        self.channels.append(channel)
        return channel

    def data_center(self, dc_id: int) -> DcState:
        """What is known of a data center."""
        return self.data_centers.setdefault(dc_id, DcState(dc_id))

    # -- what the driver says ---------------------------------------------------------------------------------------

    def up(self, link: int, endpoint: Endpoint | None, now: float) -> None:
        """A link is open. If it is not wanted any more nothing happens."""
        channel = self._by_link.get(link)
        if channel is not None and channel.dialling:
            channel.begin_link(endpoint, now)
            self._pump(channel, now)

    def failed(self, link: int, reason: str, now: float) -> None:
        """A link cannot be opened, or broke."""
        if (second := self._seconds.pop(link, None)) is not None:
            second[1].close(now=now)
            return
        channel = self._by_link.pop(link, None)
        if channel is None:
            return
        if channel.connection is not None:
            channel.connection.close(now=now)
            self._drain(channel, now)
        self._lose(channel, reason, now)

    def receive(self, link: int, data: bytes, now: float) -> None:
        """Take bytes from a link."""
        if (second := self._seconds.get(link)) is not None:
            self._receive_second(link, *second, data, now)
            return
        channel = self._by_link.get(link)
        if channel is not None and channel.connection is not None:
            channel.connection.receive_data(data, now=now)
            self._pump(channel, now)

    def output(self, link: int, now: float) -> bytes:
        """Everything that must go out over a link now."""
        if (second := self._seconds.get(link)) is not None:
            return second[1].data_to_send(now=now)
        channel = self._by_link.get(link)
        return b"" if channel is None or channel.connection is None else channel.connection.data_to_send(now=now)

    # -- second links -----------------------------------------------------------------------------------------------

    def wants_second(self, link: int) -> bool:
        """Whether the server speaks over this link only when it is asked, and nobody else can ask meanwhile."""
        channel = self._by_link.get(link)
        if channel is None or channel.connection is None or channel.session.auth_key is None:
            return False
        return channel.connection.is_polling and all(channel is not served for served, _ in self._seconds.values())

    def up_second(self, link: int, now: float) -> int | None:
        """Another link for the session of `link` is open; its name, or None if it is not wanted any more."""
        if not self.wants_second(link):
            return None
        channel = self._by_link[link]
        second, self._next_link = self._next_link, self._next_link + 1
        self._seconds[second] = (channel, channel.begin_second_link(now))
        return second

    def _receive_second(self, link: int, channel: DcSession, connection: Connection, data: bytes, now: float) -> None:
        connection.receive_data(data, now=now)
        self._pump(channel, now)  # what it brought belongs to the session
        if connection.closed and self._seconds.pop(link, None) is not None:
            self._end_link(link, connection, now)

    def _end_seconds(self, channel: DcSession, now: float) -> None:
        """The link of a channel is over, and its second link with it."""
        for link, (served, connection) in list(self._seconds.items()):
            if served is channel:
                del self._seconds[link]
                self._end_link(link, connection, now)

    # -- which links there are --------------------------------------------------------------------------------------

    def reconcile(self, now: float) -> None:
        """Connect and hang up so that every channel has the link that it needs, and no other."""
        for channel in list(self.channels):
            if not channel.busy:
                channel.set_unreachable(None)
            if channel.draining and not channel.busy:
                self.hang_up(channel, now)
                self.channels.remove(channel)
            elif channel.link is None:
                if self._wanted(channel, now) and (channel.retry_at is None or channel.retry_at <= now):
                    self._dial(channel, now)
            elif not channel.dialling and not self._wanted(channel, now):
                self.hang_up(channel, now)

    def restart(self, channel: DcSession, why: str, now: float) -> None:
        """Begin a session with another key on a channel.

        What has left may have been executed and is not sent under another key; what cannot go without it has failed.
        """
        for pending in channel.session.pending():
            if pending.sent_ids and not pending.internal:
                channel.session.abandon(pending, why)
        self._hand_on(channel, now)
        channel.restart(now)
        self._hand_on(channel, now)

    def forget_key(self, dc_id: int, now: float) -> None:
        """Forget the permanent key of a data center: the next connection makes another one."""
        data_center = self.data_center(dc_id)
        data_center.forget_key()
        for channel in [channel for channel in self.channels if channel.data_center is data_center]:
            self.restart(channel, "the auth key was given up before the answer came", now)
            self.hang_up(channel, now)

    def _hand_on(self, channel: DcSession, now: float) -> None:
        """Hand on what a session has to tell while it has no link."""
        for event in channel.session.take_events():
            self._owner.handle_event(channel, event, now)

    def hang_up(self, channel: DcSession, now: float) -> None:
        """Close the link of a channel, if it has one; the session stays."""
        link, connection = channel.link, channel.connection
        self._end_seconds(channel, now)
        channel.hang_up()
        if link is not None:
            self._end_link(link, connection, now)

    def _end_link(self, link: int, connection: Connection | None, now: float) -> None:
        """Have a link closed; it is up if it has a connection."""
        self._by_link.pop(link, None)
        data = b""
        if connection is not None:
            connection.close(now=now)
            data = connection.data_to_send(now=now)
        self.actions.append(Disconnect(link, data))

    def _wanted(self, channel: DcSession, now: float) -> bool:
        if channel.busy or (not channel.draining and self._owner.stays_connected_to(channel.data_center.dc_id)):
            return True
        return channel.connection is not None and now < channel.used_at + self._config.idle_timeout

    def _dial(self, channel: DcSession, now: float) -> None:
        dc_id = channel.data_center.dc_id
        known = self.endpoints.candidates(dc_id)
        endpoints = tuple(endpoint for endpoint in known if self._config.use_ipv6 or ":" not in endpoint.host)
        if not endpoints:
            self._owner.on_no_endpoint(channel, now)
            return
        link, self._next_link = self._next_link, self._next_link + 1
        channel.begin_dial(link, now + self._config.connect_timeout, self.endpoints.on_trial(dc_id))
        self._by_link[link] = channel
        self.actions.append(Connect(link, dc_id, endpoints))

    # -- what links bring, and their end ----------------------------------------------------------------------------

    def _pump(self, channel: DcSession, now: float) -> None:
        """Take what a link has brought, and deal with its end if it has ended."""
        closed = self._drain(channel, now)
        if closed is None:
            return
        if channel.link is not None:
            self._end_link(channel.link, channel.connection, now)
        self._lose(channel, closed.error, now)

    def _drain(self, channel: DcSession, now: float) -> ConnectionClosed | None:
        """Hand on the events of a link; returns the last one if the link is over."""
        connection = channel.connection
        while connection is not None and (event := connection.next_event()) is not None:
            if isinstance(event, ConnectionClosed):
                return event
            self._owner.handle_event(channel, event, now)
        return None

    def prove_endpoints(self, channel: DcSession) -> bool:
        """The data center has answered over the link of a channel; whether that proves endpoints that were on trial."""
        endpoints = channel.take_on_trial()
        return bool(endpoints) and self.endpoints.prove(channel.data_center.dc_id, endpoints, channel.connected_to)

    def _lose(self, channel: DcSession, error: ProtocolError | TransportError | str | None, now: float) -> None:
        self._end_seconds(channel, now)
        if channel.on_trial:
            self.endpoints.reject(channel.data_center.dc_id, channel.on_trial)
        channel.lose_link("the link was closed" if error is None else str(error), now)
        if channel.busy and channel.unreachable_since is None:
            channel.set_unreachable(now)
        retry_at = channel.retry_at if self._wanted(channel, now) else None
        self._report(ConnectionLost(channel.data_center.dc_id, error, retry_at))
        if isinstance(error, RemoteProtocolError) and error.check == _NO_KEY_OF_OURS:
            self._give_up(channel, f"data center {channel.data_center.dc_id} cannot be used: {error}", now)
        if (refused := channel.session.binding_error) is not None:
            self._on_binding_refused(channel, refused, now)
        elif isinstance(error, TransportError) and error.code == KEY_NOT_FOUND:
            self._on_key_not_found(channel, now)

    def _on_key_not_found(self, channel: DcSession, now: float) -> None:
        """-404: the data center does not know the key; or someone else says so, for it comes in the clear (MS41).

        A temporary key is replaced. What has left under it may have been executed: it waits there for its answers, over
        one more connection. A permanent key is kept.
        """
        data_center, session = channel.data_center, channel.session
        why = "the temporary key was lost before the answer came"
        if session.auth_key is None:
            return  # it was said in a handshake
        if not channel.temporary:
            if data_center.count_key_not_found() % self._config.key_not_found_limit == 0:
                self._report(AuthKeyNotFound(data_center.dc_id))
        elif session.is_unbound:
            self.restart(channel, why, now)
        elif channel.doubted:
            self._give_up(channel, why, now)
        else:
            channel.set_doubted()
            if not channel.draining:
                self._replace(channel, now).succeed(channel)

    def _on_binding_refused(self, channel: DcSession, refused: RpcError | RemoteProtocolError, now: float) -> None:
        """The fresh temporary key is of no use. What the data center says under it is proven to come from there: so a
        permanent key that it does not know any more is lost, if it stays with that for a few times.
        """
        data_center = channel.data_center
        if isinstance(refused, RpcError) and refused.name == _KEY_CANNOT_BIND:
            count = data_center.count_key_not_found()
            if count >= self._config.key_not_found_limit:
                self.forget_key(data_center.dc_id, now)
                self._owner.on_void_key(data_center, refused)
                return
        self.restart(channel, "the temporary key was not bound before the answer came", now)

    def _replace(self, channel: DcSession, now: float) -> DcSession:
        """Let a channel with a fresh temporary key take over; this one lives on until its requests are answered."""
        channel.set_draining()
        return self.channel(channel.data_center.dc_id, now)

    # -- time -------------------------------------------------------------------------------------------------------

    @property
    def deadline(self) -> float:
        """When `handle_deadline` is due; infinity for never."""
        return min(map(self._deadline_of, self.channels), default=inf)

    def _deadline_of(self, channel: DcSession) -> float:
        due = inf
        stays = channel.busy or self._owner.stays_connected_to(channel.data_center.dc_id)
        if channel.connection is not None:
            due = _earlier(due, channel.connection.next_deadline())
            if not stays:
                due = min(due, channel.used_at + self._config.idle_timeout)
        elif channel.link is None and stays:
            due = _earlier(due, channel.retry_at)
        due = _earlier(due, channel.connect_by)
        if channel.unreachable_since is not None:
            due = _earlier(due, self._patience_ends(channel))
        if channel.key_expires_at is not None:
            due = _earlier(due, channel.dead_at if channel.draining else channel.renewal_due(self._config.rekey_margin))
        return due

    def _patience_ends(self, channel: DcSession) -> float | None:
        """When those who wait for a data center that cannot be reached are told so; None for never."""
        patience = self._config.unreachable_timeout
        if patience is None or channel.unreachable_since is None or channel.connection is not None:
            return None
        return channel.unreachable_since + patience

    def handle_deadline(self, now: float) -> None:
        """Do what time asks for."""
        for channel in list(self.channels):
            if channel.connection is not None:
                channel.connection.handle_deadline(now=now)
                self._pump(channel, now)
            elif channel.link is not None and channel.connect_by is not None and channel.connect_by <= now:
                self._give_up_dialling(channel, channel.link, now)
            self._renew_key(channel, now)
            self._lose_patience(channel, now)

    def _give_up_dialling(self, channel: DcSession, link: int, now: float) -> None:
        """No result of a `Connect` was reported in time."""
        self._end_link(link, None, now)
        self._lose(channel, f"no connection within {self._config.connect_timeout:g} s", now)

    def _lose_patience(self, channel: DcSession, now: float) -> None:
        ends = self._patience_ends(channel)
        if ends is None or ends > now:
            return
        channel.set_unreachable(None)
        reason = f"data center {channel.data_center.dc_id} cannot be reached: {channel.trouble}"
        self._give_up(channel, reason, now)

    def _give_up(self, channel: DcSession, reason: str, now: float) -> None:
        """No request waits for an answer here any longer."""
        for pending in channel.session.pending():
            if not pending.internal:
                channel.session.abandon(pending, reason)
        self._hand_on(channel, now)

    def _renew_key(self, channel: DcSession, now: float) -> None:
        """Let a channel with a fresh temporary key take over before the old key ends; no request is lost."""
        due = channel.renewal_due(self._config.rekey_margin)
        if due is not None and due <= now:
            self._replace(channel, now)
        dead_at = channel.dead_at
        if channel.draining and dead_at is not None and dead_at <= now:
            self._give_up(channel, "its temporary key ended before the answer came", now)


def _earlier(due: float, at: float | None) -> float:
    return due if at is None or at > due else at
