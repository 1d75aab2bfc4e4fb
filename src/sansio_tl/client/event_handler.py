"""What the client does about the events of its connections: it learns from results.

`error_handler` acts on the errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sansio_tl import functions, types
from sansio_tl.client.account_changes import AccountChanges
from sansio_tl.client.account_state import AccountState
from sansio_tl.client.config import ClientConfig
from sansio_tl.client.connection_manager import ConnectionManager
from sansio_tl.client.dc_events import DcEvent, KeyLost, NoEndpoint
from sansio_tl.client.dc_session import DcSession
from sansio_tl.client.error_handler import ErrorHandler
from sansio_tl.client.events import (
    AuthKeyNotFound,
    ClientEvent,
    ConnectionLost,
    SnapshotChanged,
)
from sansio_tl.client.flood_waits import FloodWaits
from sansio_tl.client.request_router import RequestRouter, no_address
from sansio_tl.client.result_observer import authorization_in, endpoints_in, observed_types
from sansio_tl.errors import RpcError
from sansio_tl.events import (
    AuthKeyCreated,
    Event,
    Outcome,
    OutcomeUnknown,
    RequestFailed,
    ResultReceived,
    SessionCreated,
    TemporaryKeyBound,
    UpdatesReceived,
)


class EventHandler:
    """Handles the events of all connections of one client."""

    def __init__(
        self,
        config: ClientConfig,
        account: AccountState,
        connections: ConnectionManager,
        requests: RequestRouter,
        flood_waits: FloodWaits,
        changes: AccountChanges,
        report: Callable[[ClientEvent], None],
    ) -> None:
        """`report` takes the events for the caller."""
        self._config = config
        self._account = account
        self._connections = connections
        self._requests = requests
        self._changes = changes
        self._errors = ErrorHandler(config, account, connections, requests, flood_waits, changes)
        self._report = report

    def handle_all(self, events: Iterable[DcEvent], now: float) -> None:
        """Handle each event before the next one is made."""
        for dc_session, event in events:
            match event:
                case ResultReceived():  # first, because most are
                    self._on_result(dc_session, event, now)
                case KeyLost():
                    self._changes.on_key_lost(dc_session.dc_id, event.error)
                case NoEndpoint():
                    self._on_no_endpoint(dc_session, now)
                case ConnectionLost() | AuthKeyNotFound():
                    self._report(event)
                case _:
                    self._on_session_event(dc_session, event, now)

    def _on_session_event(self, dc_session: DcSession, event: Event, now: float) -> None:
        match event:
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

    def _on_result(self, dc_session: DcSession, event: ResultReceived[object], now: float) -> None:
        self._mark_healthy(dc_session, now, answered=True)
        dc_session.note_use(now)
        if type(event.result) in observed_types():
            self._observe(dc_session, event)
        self._finish(event, now)

    def _observe(self, dc_session: DcSession, event: ResultReceived[object]) -> None:
        """Take from a result what concerns the client itself."""
        result = event.result
        if isinstance(result, types.Config):
            if self._is_home(dc_session):  # no other data center may name the addresses of all (MS42)
                self._connections.endpoints.learn(endpoints_in(result, ipv6=self._config.use_ipv6))
                if self._account.set_config_domain(result.dc_txt_domain_name):
                    self._report(SnapshotChanged())
        elif isinstance(result, types.auth.LoggedOut):
            self._on_logged_out(dc_session, result)
        elif isinstance(event.handle.function, functions.users.GetUsers) and isinstance(result, list):
            self._recognise(dc_session, result)
        authorization = authorization_in(result)
        request = self._requests.get(event.handle)
        if authorization is not None and request is not None and not request.is_internal:
            imported = isinstance(event.handle.function, functions.auth.ImportAuthorization)
            self._on_authorization(dc_session, authorization, imported=imported)

    def _on_logged_out(self, dc_session: DcSession, result: types.auth.LoggedOut) -> None:
        self._account.add_logout_token(result.future_auth_token)
        if self._is_home(dc_session):
            self._changes.log_out()
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
            self._changes.move_home(dc_session.dc_id)
            self._confirm(dc_session)
        dc_session.save_clock()
        self._report(SnapshotChanged())

    # -- failures, and the end of requests --------------------------------------------------------------------------

    def _on_failure(self, dc_session: DcSession, event: RequestFailed, now: float) -> None:
        request, error = self._requests.get(event.handle), event.error
        if request is None:
            return
        if not isinstance(error, RpcError):
            self._requests.finish(request, event, now)
            return
        self._mark_healthy(dc_session, now, answered=True)
        self.handle_all(self._errors.handle(dc_session, request, event, error, now), now)

    def _on_no_endpoint(self, dc_session: DcSession, now: float) -> None:
        """No address of that data center is known: its requests fail."""
        for request in self._requests.requests_in(dc_session):
            dc_session.session.cancel(request.handle)
            self._requests.finish(request, OutcomeUnknown(request.handle, no_address(dc_session.dc_id)), now)

    def _finish(self, outcome: Outcome, now: float) -> None:
        request = self._requests.get(outcome.handle)
        if request is not None:
            self._requests.finish(request, outcome, now)
