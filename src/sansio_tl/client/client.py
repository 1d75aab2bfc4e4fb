"""The client itself: which request goes to which data center, and what becomes of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from math import inf
from typing import Any, TypeVar

from sansio_tl import codec, functions, types
from sansio_tl.auth.log_out import remember_token
from sansio_tl.checking import require
from sansio_tl.client import snapshot as snapshots
from sansio_tl.client.actions import Action, Endpoint
from sansio_tl.client.auth_import import Answered, AuthImport, Failed
from sansio_tl.client.config import ClientConfig
from sansio_tl.client.connection_manager import KEY_NOT_FOUND, ConnectionManager
from sansio_tl.client.dc_session import DcSession, DcState
from sansio_tl.client.endpoints import Endpoints
from sansio_tl.client.error_policy import VOID_KEY, ErrorPolicy, reaction_to
from sansio_tl.client.events import (
    AuthorizationLost,
    ClientEvent,
    FloodWaitStarted,
    HomeDataCenterChanged,
    SnapshotChanged,
)
from sansio_tl.client.invoke_after_queue import InvokeAfterQueue
from sansio_tl.client.request import ClientRequest
from sansio_tl.client.result_observer import authorization_in, endpoints_in, telling
from sansio_tl.entropy import Entropy
from sansio_tl.errors import RemoteProtocolError, RpcError, TransportError
from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.events import (
    AuthKeyCreated,
    Event,
    OutcomeUnknown,
    RequestFailed,
    ResultReceived,
    SessionCreated,
    TemporaryKeyBound,
    UpdatesReceived,
)
from sansio_tl.limits import MAX_DC_ID, is_dc_id
from sansio_tl.mtproto.client.request import RequestHandle
from sansio_tl.mtproto.invoke_after import PREDECESSOR_FAILED, predecessor_failed
from sansio_tl.mtproto.server_clock import check_now
from sansio_tl.tl.objects import Function

R = TypeVar("R")


class Client:
    """One account. Any exception but LocalProtocolError is a bug."""

    def __init__(
        self, config: ClientConfig, *, snapshot: Mapping[str, Any] | None = None, entropy: Entropy, now: float
    ) -> None:
        """With a `snapshot` it goes on where another client left off.

        Raises LocalProtocolError for a snapshot or a config that is none.
        """
        check_now(now)
        require(isinstance(config, ClientConfig), "Client: config", "a ClientConfig", config)
        self.config = config
        self.closed = False
        self.home_dc = config.connection_config.dc_id
        """Where the account lives, as far as we know."""
        self.user_id: int | None = None
        """The user that is logged in; None while none is."""
        self.is_bot: bool | None = None
        """Whether that is a bot; None where nobody has said."""
        self.logout_tokens: tuple[bytes, ...] = ()
        """What log-outs and log-ins have left, the newest first: with one of them (`auth.CodeOptions`) the account that
        it is of can be logged in without a code."""
        self._entropy = entropy
        data_centers: dict[int, DcState] = {}
        endpoints: dict[int, tuple[Endpoint, ...]] = {}
        if snapshot is not None:
            saved = snapshots.read(snapshot, test_mode=config.connection_config.test_mode)
            self.home_dc, self.user_id, self.is_bot = saved.home_dc, saved.user_id, saved.is_bot
            self.logout_tokens = snapshots.logout_tokens_of(saved)
            data_centers = snapshots.data_centers_of(saved)
            endpoints = snapshots.endpoints_of(saved)
        self._proven_main = self.home_dc
        """The last `home_dc` that has answered: snapshots keep this one."""
        self._routes: dict[RequestHandle[Any], ClientRequest] = {}
        self._flood_waits: list[tuple[float, ClientRequest]] = []
        self._importing: dict[int, list[ClientRequest]] = {}
        self._followers = InvokeAfterQueue()
        self._events: deque[ClientEvent] = deque()
        self._authorizing = AuthImport(self._ask, self._on_imported, self._on_import_failed)
        self._links = ConnectionManager(
            config,
            self,
            data_centers=data_centers,
            endpoints=Endpoints(config.initial_endpoints(), endpoints),
            report=self._events.append,
            entropy=entropy,
        )
        if self.stays_connected_to(self.home_dc):
            self._links.channel(self.home_dc, now)
            self._links.reconcile(now)

    # -- what the application says ----------------------------------------------------------------------------------

    def invoke(
        self,
        function: Function[R],
        *,
        dc_id: int | None = None,
        after: RequestHandle[Any] | None = None,
        quick_ack: bool = False,
        now: float,
    ) -> RequestHandle[R]:
        """Make a request; its outcome comes as an event with the returned handle, whatever happens on the way.

        It goes to the main data center, or to `dc_id`. It is executed only after the request `after`, if that is not
        answered yet, wherever that goes; if that fails, so does this one, with MSG_WAIT_FAILED.

        Raises LocalProtocolError when the client is closed or `dc_id` is no number of a data center, EncodeError (one
        of them) when a value has a wrong type or range.
        """
        check_now(now)
        if self.closed:
            raise LocalProtocolError("the client is closed")
        if dc_id is not None and not is_dc_id(dc_id):
            raise LocalProtocolError(f"dc_id: the number of a data center, from 1 to {MAX_DC_ID}, not {dc_id!r:.80}")
        handle = RequestHandle(function)
        route = ClientRequest(handle, codec.encode(function), dc_id, quick_ack=quick_ack, after=after)
        self._routes[handle] = route
        self._send(route, now)
        if route.channel is None or route.channel.link is None:
            self._arrange(now)
        return handle

    def cancel(self, handle: RequestHandle[Any], *, now: float) -> None:
        """The answer is not wanted any more: no event will come."""
        check_now(now)
        route = self._routes.pop(handle, None)
        if route is None:
            return
        if route.channel is not None:
            route.channel.session.cancel(handle)
        self._flood_waits = [(at, sleeper) for at, sleeper in self._flood_waits if sleeper is not route]
        for waiting in self._importing.values():
            if route in waiting:
                waiting.remove(route)
        self._followers.forget(route)
        self._release_followers(route, now)
        self._arrange(now)

    def forget_key(self, dc_id: int, *, now: float) -> None:
        """Give up the permanent key of a data center that does not know it any more (`AuthKeyNotFound`).

        The next connection makes another one. At home that ends the log-in (`AuthorizationLost`). What has left for
        that data center and is unanswered ends as `OutcomeUnknown`. Raises LocalProtocolError when the client is
        closed, or has no key there.
        """
        check_now(now)
        if self.closed:
            raise LocalProtocolError("the client is closed")
        data_center = self._links.data_centers.get(dc_id)
        if data_center is None or data_center.auth_key is None:
            raise LocalProtocolError(f"there is no auth key of data center {dc_id} to be forgotten")
        self._links.forget_key(dc_id, now)
        self.on_void_key(data_center, TransportError(KEY_NOT_FOUND))
        self._arrange(now)

    def close(self, *, now: float) -> None:
        """Hang up everywhere. What is unanswered ends as `OutcomeUnknown`."""
        check_now(now)
        self.closed = True
        for channel in self._links.channels:
            self._links.hang_up(channel, now)
        unanswered, self._routes = self._routes, {}
        for route in unanswered.values():
            if route.answered is None:  # the client's own requests end without consequences
                self._events.append(OutcomeUnknown(route.handle, "the client was closed"))

    def snapshot(self) -> dict[str, Any]:
        """The state as what `json.dumps` takes. It holds the auth keys: keep it like a password."""
        for channel in self._links.channels:
            if channel.connection is not None and not channel.draining:
                self._note_clock(channel)
        return snapshots.take(
            test_mode=self.config.connection_config.test_mode,
            home_dc=self._proven_main,
            user_id=self.user_id,
            is_bot=self.is_bot,
            data_centers=list(self._links.data_centers.values()),
            endpoints=self._links.endpoints.confirmed,
            logout_tokens=self.logout_tokens,
        )

    # -- what the driver does ---------------------------------------------------------------------------------------

    def next_action(self) -> Action | None:
        """What to do next; None when there is nothing to do."""
        return self._links.actions.popleft() if self._links.actions else None

    def next_event(self) -> ClientEvent | None:
        """The next thing to know, in the order in which it happened; None when there is nothing new."""
        return self._events.popleft() if self._events else None

    def connection_made(self, connection_id: int, *, endpoint: Endpoint | None = None, now: float) -> None:
        """The connection that `Connect` requested is open. If it is no longer needed, nothing happens.

        `endpoint` is the one of `Connect.endpoints` that was connected to. Without it, an address that help.getConfig
        has reported together with others is used, but not kept in the snapshot, because it is unknown which answered.
        """
        check_now(now)
        self._links.up(connection_id, endpoint, now)
        self._arrange(now)

    def connection_failed(self, connection_id: int, reason: str, *, now: float) -> None:
        """The connection that `Connect` requested could not be opened, or broke."""
        check_now(now)
        self._links.failed(connection_id, reason, now)
        self._arrange(now)

    def wants_second_connection(self, connection_id: int) -> bool:
        """Whether a second connection for the session of this one is of use.

        Over HTTP the server sends only in response: one connection keeps a request open, and what the client has to
        send meanwhile would wait for the response. Open one without a `Connect`, and call `second_connection_made`.
        """
        return self._links.wants_second(connection_id)

    def second_connection_made(self, connection_id: int, *, now: float) -> int | None:
        """A second connection for the session of `connection_id` is open; returns the id of the second one.

        None if it is no longer needed. The client closes it with the first one; its own end has no effect.
        """
        check_now(now)
        return self._links.up_second(connection_id, now)

    def receive_data(self, connection_id: int, data: bytes, *, now: float) -> None:
        """Take bytes from a connection; ``b""`` means that the data center has closed it."""
        check_now(now)
        self._links.receive(connection_id, data, now)
        self._arrange(now)

    def data_to_send(self, connection_id: int, *, now: float) -> bytes:
        """The bytes to write to a connection now. What was returned counts as sent."""
        check_now(now)
        return self._links.output(connection_id, now)

    def next_deadline(self) -> float | None:
        """When `handle_deadline` must be called, in the time of `now`; None for never."""
        if self.closed:
            return None
        due = min([at for at, _ in self._flood_waits] + [self._links.deadline])
        return None if due == inf else due

    def handle_deadline(self, *, now: float) -> None:
        """Tell the client the time when `next_deadline` has come. Calling it earlier does no harm."""
        check_now(now)
        if self.closed:
            return
        awake = [route for at, route in self._flood_waits if at <= now]
        self._flood_waits = [(at, route) for at, route in self._flood_waits if at > now]
        for route in awake:
            self._send(route, now)
        self._links.handle_deadline(now)
        self._arrange(now)

    def _arrange(self, now: float) -> None:
        if not self.closed:
            self._links.reconcile(now)

    # -- where requests go ------------------------------------------------------------------------------------------

    def _send(self, route: ClientRequest, now: float) -> None:
        """Give a request to the channel of its data center, once the account is known there.

        One that follows another leaves after it and over the same channel, where the server keeps their order; if the
        other one goes elsewhere, sleeps or waits itself, it waits too (L1).
        """
        route.set_channel(None)
        dc_id = self.home_dc if route.dc_id is None else route.dc_id
        if self._needs_import(dc_id, route):
            first_one = dc_id not in self._importing
            self._importing.setdefault(dc_id, []).append(route)
            if first_one:
                self._authorizing.begin(dc_id, now)
            return
        channel = self._links.channel(dc_id, now)
        first = self._unanswered(route.after)
        if first is not None and not (first.channel is channel and channel.session.is_pending(first.handle)):
            self._followers.hold(route)
            return
        route.set_channel(channel)
        channel.note_use(now)
        channel.session.enqueue(route.handle, route.body, after=route.after, quick_ack=route.quick_ack)
        self._release_followers(route, now)

    def _unanswered(self, handle: RequestHandle[Any] | None) -> ClientRequest | None:
        return None if handle is None else self._routes.get(handle)

    def _may_go_again(self, route: ClientRequest) -> bool:
        """Whether a request may be sent once more because of what was answered; a data center cannot go on for ever."""
        return route.count_redirect() <= self.config.max_redirects

    def _release_followers(self, route: ClientRequest, now: float) -> None:
        """A request has left, or needs no answer any more: what waited for that has its turn."""
        for follower in self._followers.release(route):
            self._send(follower, now)

    def _needs_import(self, dc_id: int, route: ClientRequest) -> bool:
        """Whether the authorization must be brought to that data center first."""
        if self.user_id is None or dc_id == self.home_dc or route.answered is not None:
            return False
        imports = isinstance(route.handle.function, functions.auth.ImportAuthorization)
        return not imports and not self._links.data_center(dc_id).authorized

    def _ask(
        self, function: Function[Any], *, dc_id: int | None, answered: Answered, failed: Failed, now: float
    ) -> None:
        """Make a request of the client's own."""
        handle = RequestHandle(function)
        route = ClientRequest(handle, codec.encode(function), dc_id, answered=answered, failed=failed)
        self._routes[handle] = route
        self._send(route, now)

    def _on_imported(self, dc_id: int, now: float) -> None:
        """The account is known in another data center: what waited for that goes there."""
        self._links.data_center(dc_id).set_authorized(authorized=True)
        self._events.append(SnapshotChanged())
        for route in self._importing.pop(dc_id, []):
            self._send(route, now)

    def _on_import_failed(self, dc_id: int, error: RpcError | RemoteProtocolError, now: float) -> None:
        for route in self._importing.pop(dc_id, []):
            self._finish(route, RequestFailed(route.handle, error), now)

    # -- what comes back --------------------------------------------------------------------------------------------

    def handle_event(self, channel: DcSession, event: Event, now: float) -> None:
        """A session tells something."""
        match event:
            case ResultReceived():
                self._prove_good(channel, now, answered=True)
                self._on_result(channel, event, now)
            case RequestFailed():
                self._on_failure(channel, event, now)
            case OutcomeUnknown():
                self._finish_handle(event.handle, event, now)
            case AuthKeyCreated():
                if event.expires_in is None:
                    channel.data_center.set_key(event.auth_key, event.server_salt)
                channel.data_center.set_time_offset(event.time_offset)
                self._confirm(channel)
                self._events.append(SnapshotChanged())
                self._events.append(event)
            case TemporaryKeyBound():
                self._prove_good(channel, now)
                channel.set_key_expiry(event.expires_at)
                self._events.append(event)
            case UpdatesReceived() | SessionCreated():
                self._prove_good(channel, now)
                if channel.data_center.dc_id == self.home_dc and not channel.draining:
                    self._events.append(event)
            case _:
                self._events.append(event)

    def _prove_good(self, channel: DcSession, now: float, *, answered: bool = False) -> None:
        """The data center has spoken under our key."""
        channel.mark_healthy(now, answered=answered)
        if self._confirm(channel):
            self._events.append(SnapshotChanged())

    def _confirm(self, channel: DcSession) -> bool:
        """The data center is there: what was only told of it is worth saving from now on; whether there is anything."""
        news = self._links.prove_endpoints(channel)
        if channel.data_center.dc_id == self.home_dc != self._proven_main:
            self._proven_main, news = self.home_dc, True
        return news

    def _on_result(self, channel: DcSession, event: ResultReceived, now: float) -> None:
        channel.note_use(now)
        if type(event.result) in telling():
            self._observe(channel, event, now)
        self._finish_handle(event.handle, event, now)

    def _observe(self, channel: DcSession, event: ResultReceived, now: float) -> None:
        """Learn from an answer what concerns the client itself."""
        route = self._routes.get(event.handle)
        at_home = channel.data_center.dc_id == self.home_dc
        if isinstance(event.result, types.Config):
            if at_home:  # no other data center says where they all are (MS42)
                self._links.endpoints.learn(endpoints_in(event.result, ipv6=self.config.use_ipv6))
        elif isinstance(event.result, types.auth.LoggedOut):
            self.logout_tokens = remember_token(self.logout_tokens, event.result.future_auth_token)
            if at_home:
                self._log_out()
            else:
                channel.data_center.set_authorized(authorized=False)
                self._events.append(SnapshotChanged())
        elif isinstance(event.handle.function, functions.users.GetUsers):
            self._recognise(channel, event.result)
        authorization = authorization_in(event.result)
        if authorization is not None and route is not None and route.answered is None:
            taken_along = isinstance(event.handle.function, functions.auth.ImportAuthorization)
            known_at_home = self.user_id == authorization.user.id and self._links.data_center(self.home_dc).authorized
            self.user_id, self.is_bot = authorization.user.id, getattr(authorization.user, "bot", None)
            self.logout_tokens = remember_token(self.logout_tokens, authorization.future_auth_token)
            channel.data_center.set_authorized(authorized=True)
            if not (taken_along and known_at_home):  # who takes the account along for files has not moved
                self._move_to(channel.data_center.dc_id)
                self._confirm(channel)
            self._note_clock(channel)
            self._events.append(SnapshotChanged())

    def _recognise(self, channel: DcSession, users: list[types.TypeUser]) -> None:
        """Who asked about themselves. Sessions of some libraries do not say whose they are."""
        if self.user_id is None and channel.data_center.dc_id == self.home_dc:
            for user in users:
                if isinstance(user, types.User) and user.self:
                    self.user_id, self.is_bot = user.id, user.bot
                    channel.data_center.set_authorized(authorized=True)
                    self._events.append(SnapshotChanged())

    def _on_failure(self, channel: DcSession, event: RequestFailed, now: float) -> None:
        route, error = self._routes.get(event.handle), event.error
        if route is None:
            return
        if not isinstance(error, RpcError):
            self._finish(route, event, now)
            return
        self._prove_good(channel, now, answered=True)
        if error.name == PREDECESSOR_FAILED and self._unanswered(route.after) and self._may_go_again(route):
            self._send(route, now)  # what it follows is made again, and so is it
            return
        match reaction_to(error):
            case ErrorPolicy.MOVE | ErrorPolicy.ASK_ELSEWHERE if self._redirect(channel, route, error, now):
                pass
            case ErrorPolicy.WAIT:
                self._wait(route, event, error, now)
            case ErrorPolicy.LOG_OUT:
                self._on_log_out_error(channel, route, event, error, now)
            case _:
                self._finish(route, event, now)

    def _redirect(self, channel: DcSession, route: ClientRequest, error: RpcError, now: float) -> bool:
        """303: ask another data center; whether that is done (MS43).

        No request goes to a data center that is not known, and the client's own requests go nowhere else. The account
        moves only when its home data center says so about a request that the caller has not addressed to one.
        """
        dc_id: int = error.dc  # type: ignore[attr-defined]  # every error with these reactions has it
        if route.answered is not None or not self._links.endpoints.are_known(dc_id) or not self._may_go_again(route):
            return False
        if reaction_to(error) is ErrorPolicy.ASK_ELSEWHERE or route.dc_id is not None:
            route.redirect_to(dc_id)
        elif channel.data_center.dc_id == self.home_dc:
            self._move_to(dc_id)
        self._send(route, now)
        return True

    def _wait(self, route: ClientRequest, event: RequestFailed, error: RpcError, now: float) -> None:
        """420: ask again when the time is over, if that is within what the user is ready to wait (AU4)."""
        seconds: int = error.seconds  # type: ignore[attr-defined]
        wait = max(1, seconds)
        if (
            seconds > self.config.flood_sleep_threshold
            or route.flood_waits >= self.config.max_flood_waits
            or route.flood_waited + wait > self.config.flood_total_limit
        ):
            self._finish(route, event, now)
            return
        route.set_channel(None)
        route.count_flood_wait(wait)
        self._flood_waits.append((now + wait, route))
        self._events.append(FloodWaitStarted(route.handle, seconds))

    def _on_log_out_error(
        self, channel: DcSession, route: ClientRequest, event: RequestFailed, error: RpcError, now: float
    ) -> None:
        """401 and the like: in the main data center the account is logged out; elsewhere it only has to be imported."""
        data_center = channel.data_center
        if error.name in VOID_KEY:
            self._links.forget_key(data_center.dc_id, now)
            self._events.append(SnapshotChanged())
        data_center.set_authorized(authorized=False)
        if error.name not in VOID_KEY and self._needs_import(data_center.dc_id, route) and self._may_go_again(route):
            self._send(route, now)
            return
        if data_center.dc_id == self.home_dc and self.user_id is not None:
            self._log_out()
            self._events.append(AuthorizationLost(error))
        self._finish(route, event, now)

    def _log_out(self) -> None:
        self.user_id = self.is_bot = None
        for data_center in self._links.data_centers.values():
            data_center.set_authorized(authorized=False)
        self._events.append(SnapshotChanged())

    def _move_to(self, dc_id: int) -> None:
        if dc_id != self.home_dc:
            self.home_dc = dc_id
            self._events.append(HomeDataCenterChanged(dc_id))

    def _finish_handle(
        self, handle: RequestHandle[Any], event: ResultReceived | RequestFailed | OutcomeUnknown, now: float
    ) -> None:
        route = self._routes.get(handle)
        if route is not None:
            self._finish(route, event, now)

    def _finish(self, route: ClientRequest, event: ResultReceived | RequestFailed | OutcomeUnknown, now: float) -> None:
        """A request has come to its end: tell who made it, once."""
        del self._routes[route.handle]
        self._tell(route, event, now)
        if isinstance(event, RequestFailed):
            for follower in self._followers.release(route):
                self._finish(follower, RequestFailed(follower.handle, predecessor_failed()), now)
        else:
            self._release_followers(route, now)

    def _tell(self, route: ClientRequest, event: ResultReceived | RequestFailed | OutcomeUnknown, now: float) -> None:
        if route.answered is None or route.failed is None:
            self._events.append(event)
        elif isinstance(event, ResultReceived):
            route.answered(event.result, now)
        elif isinstance(event, RequestFailed):
            route.failed(event.error, now)
        else:
            route.failed(RemoteProtocolError("MS26", event.reason), now)

    # -- what the links ask -----------------------------------------------------------------------------------------

    def stays_connected_to(self, dc_id: int) -> bool:
        """Whether the link to that data center is kept even when nothing is asked, so that updates arrive."""
        return self.config.stay_connected and self.user_id is not None and dc_id == self.home_dc

    def on_void_key(self, data_center: DcState, error: RpcError | TransportError) -> None:
        """The permanent key of a data center is lost, and forgotten: at home, nobody is logged in any more."""
        self._events.append(SnapshotChanged())
        if data_center.dc_id == self.home_dc and self.user_id is not None:
            self._log_out()
            self._events.append(AuthorizationLost(error))

    def on_no_endpoint(self, channel: DcSession, now: float) -> None:
        """No address of that data center is known: its requests fail."""
        dc_id = channel.data_center.dc_id
        for route in [route for route in self._routes.values() if route.channel is channel]:
            channel.session.cancel(route.handle)
            reason = f"never sent: no address of data center {dc_id} is known (help.getConfig tells them)"
            self._finish(route, OutcomeUnknown(route.handle, reason), now)

    def _note_clock(self, channel: DcSession) -> None:
        session = channel.session
        channel.data_center.set_salt(session.salts.present)
        channel.data_center.set_time_offset(session.clock.offset)
