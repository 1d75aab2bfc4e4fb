"""What the client does about the events of its connections: it learns from results, and follows errors.

`error_policy` lists the errors that it handles by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sansio_tl import functions, types
from sansio_tl.client.account_state import AccountState
from sansio_tl.client.config import ClientConfig
from sansio_tl.client.connection_manager import ConnectionManager
from sansio_tl.client.dc_events import DcEvent, KeyLost, NoEndpoint
from sansio_tl.client.dc_session import DcSession
from sansio_tl.client.error_policy import VOID_KEY, ErrorPolicy, reaction_to
from sansio_tl.client.events import (
    AuthKeyNotFound,
    AuthorizationLost,
    ClientEvent,
    ConnectionLost,
    HomeDataCenterChanged,
    SnapshotChanged,
)
from sansio_tl.client.request import ClientRequest
from sansio_tl.client.request_router import Outcome, RequestRouter
from sansio_tl.client.result_observer import authorization_in, endpoints_in, observed_types
from sansio_tl.errors import RpcError, TransportError
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
from sansio_tl.mtproto.invoke_after import PREDECESSOR_FAILED


class EventHandler:
    """Handles the events of all connections of one client."""

    def __init__(
        self,
        config: ClientConfig,
        account: AccountState,
        connections: ConnectionManager,
        requests: RequestRouter,
        report: Callable[[ClientEvent], None],
    ) -> None:
        """`report` takes the events for the caller."""
        self._config = config
        self._account = account
        self._connections = connections
        self._requests = requests
        self._report = report

    def handle_all(self, events: Iterable[DcEvent], now: float) -> None:
        """Handle each event before the next one is made."""
        for dc_session, event in events:
            match event:
                case KeyLost():
                    self.on_key_lost(dc_session.dc_id, event.error)
                case NoEndpoint():
                    self._on_no_endpoint(dc_session, now)
                case ConnectionLost() | AuthKeyNotFound():
                    self._report(event)
                case _:
                    self._on_session_event(dc_session, event, now)

    def _on_session_event(self, dc_session: DcSession, event: Event, now: float) -> None:
        match event:
            case ResultReceived():
                self._mark_healthy(dc_session, now, answered=True)
                self._on_result(dc_session, event, now)
            case RequestFailed():
                self._on_failure(dc_session, event, now)
            case OutcomeUnknown():
                self._finish(event, now)
            case AuthKeyCreated():
                if event.expires_in is None:
                    dc_session.dc_state.set_key(event.auth_key, event.server_salt)
                dc_session.dc_state.set_time_offset(event.time_offset)
                self._confirm(dc_session)
                self._report(SnapshotChanged())
                self._report(event)
            case TemporaryKeyBound():
                self._mark_healthy(dc_session, now)
                dc_session.set_key_expiry(event.expires_at)
                self._report(event)
            case UpdatesReceived() | SessionCreated():
                self._mark_healthy(dc_session, now)
                if self._is_home(dc_session) and not dc_session.is_draining:
                    self._report(event)
            case _:
                self._report(event)

    def _is_home(self, dc_session: DcSession) -> bool:
        return dc_session.dc_id == self._account.home_dc

    def _mark_healthy(self, dc_session: DcSession, now: float, *, answered: bool = False) -> None:
        """The data center has sent a message with our key."""
        dc_session.mark_healthy(now, answered=answered)
        if self._confirm(dc_session):
            self._report(SnapshotChanged())

    def _confirm(self, dc_session: DcSession) -> bool:
        """The data center has answered: its address and a move there are confirmed. Returns whether either is new."""
        proven = self._connections.prove_endpoints(dc_session)
        return self._account.confirm_home(dc_session.dc_id) or proven

    # -- results ----------------------------------------------------------------------------------------------------

    def _on_result(self, dc_session: DcSession, event: ResultReceived, now: float) -> None:
        dc_session.note_use(now)
        if type(event.result) in observed_types():
            self._observe(dc_session, event)
        self._finish(event, now)

    def _observe(self, dc_session: DcSession, event: ResultReceived) -> None:
        """Take from a result what concerns the client itself."""
        result = event.result
        if isinstance(result, types.Config):
            if self._is_home(dc_session):  # no other data center may name the addresses of all (MS42)
                self._connections.endpoints.learn(endpoints_in(result, ipv6=self._config.use_ipv6))
        elif isinstance(result, types.auth.LoggedOut):
            self._on_logged_out(dc_session, result)
        elif isinstance(event.handle.function, functions.users.GetUsers):
            self._recognise(dc_session, result)
        authorization = authorization_in(result)
        request = self._requests.get(event.handle)
        if authorization is not None and request is not None and not request.is_internal:
            imported = isinstance(event.handle.function, functions.auth.ImportAuthorization)
            self._on_authorization(dc_session, authorization, imported=imported)

    def _on_logged_out(self, dc_session: DcSession, result: types.auth.LoggedOut) -> None:
        self._account.add_logout_token(result.future_auth_token)
        if self._is_home(dc_session):
            self._log_out()
        else:
            dc_session.dc_state.set_authorized(authorized=False)
            self._report(SnapshotChanged())

    def _recognise(self, dc_session: DcSession, users: list[types.TypeUser]) -> None:
        """Take the user from users.getUsers: sessions of some libraries do not store the user's id."""
        if self._account.user_id is None and self._is_home(dc_session):
            for user in users:
                if isinstance(user, types.User) and user.self:
                    self._account.log_in(user.id, is_bot=user.bot)
                    dc_session.dc_state.set_authorized(authorized=True)
                    self._report(SnapshotChanged())

    def _on_authorization(
        self, dc_session: DcSession, authorization: types.auth.Authorization, *, imported: bool
    ) -> None:
        """A login, or an import that the caller has made: the latter does not move an account known at home."""
        account, user = self._account, authorization.user
        stays = imported and account.user_id == user.id and self._connections.is_authorized(account.home_dc)
        account.log_in(user.id, is_bot=getattr(user, "bot", None))
        account.add_logout_token(authorization.future_auth_token)
        dc_session.dc_state.set_authorized(authorized=True)
        if not stays:
            self._move_to(dc_session.dc_id)
            self._confirm(dc_session)
        dc_session.save_clock()
        self._report(SnapshotChanged())

    # -- errors -----------------------------------------------------------------------------------------------------

    def _on_failure(self, dc_session: DcSession, event: RequestFailed, now: float) -> None:
        request, error = self._requests.get(event.handle), event.error
        if request is None:
            return
        if not isinstance(error, RpcError):
            self._requests.finish(request, event, now)
            return
        self._mark_healthy(dc_session, now, answered=True)
        first = self._requests.get(request.after)
        if error.name == PREDECESSOR_FAILED and first is not None and self._requests.may_resend(request):
            self._requests.resend(request, now)  # its predecessor is sent again, and so is it
            return
        match reaction_to(error):
            case ErrorPolicy.MOVE | ErrorPolicy.ASK_ELSEWHERE if self._redirect(dc_session, request, error, now):
                pass
            case ErrorPolicy.WAIT if self._may_wait(request, error):
                self._requests.wait_for_flood(request, error.seconds, now)  # type: ignore[attr-defined]
            case ErrorPolicy.LOG_OUT:
                self._on_logout_error(dc_session, request, event, error, now)
            case _:
                self._requests.finish(request, event, now)

    def _redirect(self, dc_session: DcSession, request: ClientRequest, error: RpcError, now: float) -> bool:
        """303: send the request to another data center; returns whether that was done (MS43).

        No request goes to an unknown data center, and the client's own requests are not redirected. The account moves
        only when its home data center reports so for a request that was not addressed to a data center.
        """
        dc_id: int = error.dc  # type: ignore[attr-defined]  # every error with these policies has it
        known = self._connections.endpoints.are_known(dc_id)
        if request.is_internal or not known or not self._requests.may_resend(request):
            return False
        if reaction_to(error) is ErrorPolicy.ASK_ELSEWHERE or request.dc_id is not None:
            request.redirect_to(dc_id)
        elif self._is_home(dc_session):
            self._move_to(dc_id)
        self._requests.resend(request, now)
        return True

    def _may_wait(self, request: ClientRequest, error: RpcError) -> bool:
        """420: whether the request may be sent again after the wait, by the limits of the configuration (AU4)."""
        config, seconds = self._config, error.seconds  # type: ignore[attr-defined]
        return (
            seconds <= config.flood_sleep_threshold
            and request.flood_waits < config.max_flood_waits
            and request.flood_waited + max(1, seconds) <= config.flood_total_limit
        )

    def _on_logout_error(
        self, dc_session: DcSession, request: ClientRequest, event: RequestFailed, error: RpcError, now: float
    ) -> None:
        """401 and the like: at home the account is logged out; elsewhere it only has to be imported again."""
        dc_state, void_key = dc_session.dc_state, error.name in VOID_KEY
        if void_key:
            self.handle_all(self._connections.forget_key(dc_state.dc_id, now), now)
            self._report(SnapshotChanged())
        dc_state.set_authorized(authorized=False)
        importable = not void_key and self._requests.needs_import(dc_state.dc_id, request)
        if importable and self._requests.may_resend(request):
            self._requests.resend(request, now)
            return
        self._lose_authorization(dc_state.dc_id, error)
        self._requests.finish(request, event, now)

    # -- the account ------------------------------------------------------------------------------------------------

    def on_key_lost(self, dc_id: int, error: RpcError | TransportError) -> None:
        """The permanent key of a data center is forgotten: at home, that ends the login."""
        self._report(SnapshotChanged())
        self._lose_authorization(dc_id, error)

    def _lose_authorization(self, dc_id: int, error: RpcError | TransportError) -> None:
        if dc_id == self._account.home_dc and self._account.user_id is not None:
            self._log_out()
            self._report(AuthorizationLost(error))

    def _log_out(self) -> None:
        self._account.log_out()
        for dc_state in self._connections.dc_states.values():
            dc_state.set_authorized(authorized=False)
        self._report(SnapshotChanged())

    def _move_to(self, dc_id: int) -> None:
        if self._account.move_to(dc_id):
            self._report(HomeDataCenterChanged(dc_id))

    # -- the end of requests ----------------------------------------------------------------------------------------

    def _on_no_endpoint(self, dc_session: DcSession, now: float) -> None:
        """No address of that data center is known: its requests fail."""
        reason = f"never sent: no address of data center {dc_session.dc_id} is known (help.getConfig names them)"
        for request in self._requests.requests_in(dc_session):
            dc_session.session.cancel(request.handle)
            self._requests.finish(request, OutcomeUnknown(request.handle, reason), now)

    def _finish(self, outcome: Outcome, now: float) -> None:
        request = self._requests.get(outcome.handle)
        if request is not None:
            self._requests.finish(request, outcome, now)
