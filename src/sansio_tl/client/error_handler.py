"""Acts on the RPC errors that the client handles by itself; `error_policy` lists them.

*_MIGRATE redirects the request to another data center, FLOOD_WAIT delays it, and errors such as AUTH_KEY_UNREGISTERED
end the login.
"""

from __future__ import annotations

from collections.abc import Iterator

from sansio_tl.client.account_changes import AccountChanges
from sansio_tl.client.account_state import AccountState
from sansio_tl.client.config import ClientConfig
from sansio_tl.client.connection_manager import ConnectionManager
from sansio_tl.client.dc_events import DcEvent
from sansio_tl.client.dc_session import DcSession
from sansio_tl.client.error_policy import VOID_KEY, ErrorPolicy, reaction_to
from sansio_tl.client.flood_waits import FloodWaits
from sansio_tl.client.request import ClientRequest
from sansio_tl.client.request_router import RequestRouter
from sansio_tl.errors import FloodWait, RpcError
from sansio_tl.events import RequestFailed
from sansio_tl.mtproto.invoke_after import PREDECESSOR_FAILED


class ErrorHandler:
    """Handles the RPC errors of one client's requests."""

    def __init__(
        self,
        config: ClientConfig,
        account: AccountState,
        connections: ConnectionManager,
        requests: RequestRouter,
        flood_waits: FloodWaits,
        changes: AccountChanges,
    ) -> None:
        self._config = config
        self._account = account
        self._connections = connections
        self._requests = requests
        self._flood_waits = flood_waits
        self._changes = changes

    def handle(
        self, dc_session: DcSession, request: ClientRequest, event: RequestFailed, error: RpcError, now: float
    ) -> Iterator[DcEvent]:
        """Send the request again, now or later, or report `event`, with this `error`.

        Each event that this causes is to be handled before the next one is made.
        """
        first = self._requests.get(request.after)
        if error.name == PREDECESSOR_FAILED and first is not None and self._requests.may_resend(request):
            self._requests.resend(request, error, now)  # its predecessor is sent again, and so is it
            return
        if isinstance(error, FloodWait):
            self._requests.note_flood(request, error.seconds, now)
        match reaction_to(error):
            case ErrorPolicy.CHANGE_HOME_DC | ErrorPolicy.USE_OTHER_DC if self._may_redirect(request, error):
                self._redirect(dc_session, request, error, now)
            case ErrorPolicy.WAIT if self._flood_waits.may_wait(request, error.seconds):  # type: ignore[attr-defined]
                self._flood_waits.wait_after_error(request, error.seconds, now)  # type: ignore[attr-defined]
            case ErrorPolicy.LOG_OUT:
                yield from self._on_logout_error(dc_session, request, event, error, now)
            case _:
                self._requests.finish(request, event, now)

    def _may_redirect(self, request: ClientRequest, error: RpcError) -> bool:
        """303: whether the request may be sent to the data center in the error (MS43).

        No request goes to an unknown data center, and the client's own requests are not redirected.
        """
        dc_id: int = error.dc  # type: ignore[attr-defined]  # every error with these policies has it
        known = self._connections.endpoints.are_known(dc_id)
        return known and not request.is_internal and self._requests.may_resend(request)

    def _redirect(self, dc_session: DcSession, request: ClientRequest, error: RpcError, now: float) -> None:
        """Send the request to the data center in the error (MS43).

        The account moves only when its home data center reports so for a request that was not addressed to a data
        center.
        """
        dc_id: int = error.dc  # type: ignore[attr-defined]
        if reaction_to(error) is ErrorPolicy.USE_OTHER_DC or request.dc_id is not None:
            request.redirect_to(dc_id)
        elif dc_session.dc_id == self._account.home_dc:
            self._changes.move_home(dc_id)
        self._requests.redirect(request, error, dc_session.dc_id, dc_id, now)

    def _on_logout_error(
        self, dc_session: DcSession, request: ClientRequest, event: RequestFailed, error: RpcError, now: float
    ) -> Iterator[DcEvent]:
        """401 and the like: at home the account is logged out; elsewhere it only has to be imported again."""
        dc_state, void_key = dc_session.dc_state, error.name in VOID_KEY
        if void_key:
            yield from self._connections.forget_key(dc_state.dc_id, now)
            self._changes.on_key_forgotten()
        dc_state.set_authorized(authorized=False)
        importable = not void_key and self._requests.needs_import(dc_state.dc_id, request)
        if importable and self._requests.may_resend(request):
            self._requests.resend(request, error, now)
            return
        self._changes.lose_authorization(dc_state.dc_id, error)
        self._requests.finish(request, event, now)
