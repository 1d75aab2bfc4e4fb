"""The unanswered requests of a client: the session in which each is sent, and what it waits for before that.

A request waits for the address of its data center, for its authorization to be imported there, for its predecessor
(`after`), or for FLOOD_WAIT to pass (`flood_waits`). It is finished exactly once.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any

from sansio_tl import codec, functions
from sansio_tl.client.account_state import AccountState
from sansio_tl.client.auth_import import AuthImport, ImportStep
from sansio_tl.client.client_trace import ClientTrace
from sansio_tl.client.config import ClientConfig
from sansio_tl.client.connection_manager import ConnectionManager
from sansio_tl.client.dc_session import DcSession
from sansio_tl.client.events import ClientEvent, SnapshotChanged
from sansio_tl.client.flood_waits import FloodWaits
from sansio_tl.client.invoke_after_queue import InvokeAfterQueue
from sansio_tl.client.request import ClientRequest
from sansio_tl.errors import FloodWait, RemoteProtocolError, RpcError
from sansio_tl.events import Outcome, OutcomeUnknown, RequestFailed, ResultReceived
from sansio_tl.mtproto.client.request import RequestHandle
from sansio_tl.mtproto.invoke_after import predecessor_failed


class RequestRouter:
    """Sends each request in a session of the right data center, when it may be sent."""

    def __init__(
        self,
        connections: ConnectionManager,
        account: AccountState,
        flood_waits: FloodWaits,
        *,
        config: ClientConfig,
        report: Callable[[ClientEvent], None],
        trace: ClientTrace | None = None,
    ) -> None:
        """`report` takes the events for the caller."""
        self._connections = connections
        self._account = account
        self._config = config
        self._flood_waits = flood_waits
        self._report = report
        self._trace = trace
        self._requests: dict[RequestHandle[Any], ClientRequest] = {}
        self._importing: dict[int, list[ClientRequest]] = {}
        """The requests that wait for an import, by data center."""
        self._without_address: list[ClientRequest] = []
        """The requests that wait for help.getConfig."""
        self._invoke_after = InvokeAfterQueue()

    def get(self, handle: RequestHandle[Any] | None) -> ClientRequest | None:
        """The unanswered request of this handle."""
        return None if handle is None else self._requests.get(handle)

    def requests_in(self, dc_session: DcSession) -> list[ClientRequest]:
        """The requests that wait for their answers in a session."""
        return [request for request in self._requests.values() if request.dc_session is dc_session]

    # -- sending ----------------------------------------------------------------------------------------------------

    def _dc_of(self, request: ClientRequest) -> int:
        return self._account.home_dc if request.dc_id is None else request.dc_id

    def add(self, request: ClientRequest, now: float) -> None:
        """Send a new request."""
        self._requests[request.handle] = request
        if self._trace is not None:
            self._trace.requests.start(request.handle, self._dc_of(request), now, internal=request.is_internal)
        self._send_after_flood(request, now)

    def send(self, request: ClientRequest, now: float) -> None:
        """Put a request into the session of its data center, once its address is known, and the account there.

        A request with a predecessor is sent after it and in the same session, where the server keeps their order; if
        the predecessor is not in that session, the request waits too (L1).
        """
        request.set_dc_session(None)
        dc_id = self._dc_of(request)
        if self._needs_address(dc_id, request):
            self._without_address.append(request)
            if len(self._without_address) == 1:
                self._look_up_addresses(now)
            return
        if self.needs_import(dc_id, request):
            begun = dc_id in self._importing
            self._importing.setdefault(dc_id, []).append(request)
            if not begun:
                auth_import = AuthImport(dc_id)
                self._send_import(auth_import, auth_import.begin(), now)
            return
        dc_session = self._connections.open_session(dc_id, now)
        first = self.get(request.after)
        if first is not None and not (first.dc_session is dc_session and dc_session.session.is_pending(first.handle)):
            self._invoke_after.hold(request)
            return
        request.set_dc_session(dc_session)
        dc_session.enqueue(request.handle, request.body, after=request.after, quick_ack=request.quick_ack, now=now)
        self._release_dependents(request, now)

    def may_resend(self, request: ClientRequest) -> bool:
        """Whether a request may be sent again because of an error: `max_redirects` bounds that."""
        return request.redirects < self._config.max_redirects

    def resend(self, request: ClientRequest, error: RpcError, now: float) -> None:
        """Send a request again because of an error."""
        request.count_redirect()
        if self._trace is not None:
            self._trace.requests.set_reason(request.handle, error.text)
        self.send(request, now)

    def redirect(self, request: ClientRequest, error: RpcError, from_dc: int, to_dc: int, now: float) -> None:
        """Send a request to the data center that an error names."""
        if self._trace is not None:
            self._trace.requests.redirected(request.handle, from_dc, to_dc, error, now)
        self.resend(request, error, now)

    def _release_dependents(self, request: ClientRequest, now: float) -> None:
        """A request was sent, or needs no answer any more: send what has waited for it."""
        for dependent in self._invoke_after.release(request):
            self.send(dependent, now)

    # -- addresses --------------------------------------------------------------------------------------------------

    def _needs_address(self, dc_id: int, request: ClientRequest) -> bool:
        """Whether the caller addresses a data center that only the home data center may know."""
        known = dc_id == self._account.home_dc or self._connections.endpoints.are_known(dc_id)
        return not known and not request.is_internal

    def _look_up_addresses(self, now: float) -> None:
        function = functions.help.GetConfig()
        self.add(ClientRequest(RequestHandle(function), codec.encode(function), None, is_lookup=True), now)

    def _on_lookup_outcome(self, lookup: Outcome, now: float) -> None:
        """help.getConfig is finished, and its addresses are known: send what has waited for them, or report why not."""
        waiting, self._without_address = self._without_address, []
        for request in waiting:
            dc_id = self._dc_of(request)
            if self._needs_address(dc_id, request):
                self.finish(request, OutcomeUnknown(request.handle, no_address(dc_id, lookup)), now)
            else:
                self.send(request, now)

    # -- imports ----------------------------------------------------------------------------------------------------

    def needs_import(self, dc_id: int, request: ClientRequest) -> bool:
        """Whether the account must be brought to that data center before the request is sent."""
        if self._account.user_id is None or dc_id == self._account.home_dc or request.is_internal:
            return False
        imports = isinstance(request.handle.function, functions.auth.ImportAuthorization)
        return not imports and not self._connections.is_authorized(dc_id)

    def _send_import(self, auth_import: AuthImport, step: ImportStep, now: float) -> None:
        handle = RequestHandle(step.function)
        self.add(ClientRequest(handle, codec.encode(step.function), step.dc_id, auth_import=auth_import), now)

    def _on_import_outcome(self, auth_import: AuthImport, outcome: Outcome, now: float) -> None:
        """A request of an import is finished: make the next one, or send what has waited for the import."""
        error: RpcError | RemoteProtocolError | None = None
        if isinstance(outcome, ResultReceived):
            step = auth_import.on_result(outcome.result)
        else:
            error = _error_of(outcome)
            step = auth_import.on_error()
        if step is not None:
            self._send_import(auth_import, step, now)
            return
        if error is None:
            self._connections.ensure_dc_state(auth_import.dc_id).set_authorized(authorized=True)
            self._report(SnapshotChanged())
        for request in self._importing.pop(auth_import.dc_id, []):
            if error is None:
                self.send(request, now)
            else:
                self.finish(request, RequestFailed(request.handle, error), now)

    # -- FLOOD_WAIT -------------------------------------------------------------------------------------------------

    def note_flood(self, request: ClientRequest, seconds: int, now: float) -> None:
        """A data center has answered a request with FLOOD_WAIT."""
        self._flood_waits.note_flood(request, self._dc_of(request), seconds, now)

    def _send_after_flood(self, request: ClientRequest, now: float) -> None:
        """Send a request, unless its method may not be called yet: then it waits or fails as if it were sent."""
        left = self._flood_waits.seconds_left(request, self._dc_of(request), now)
        if not left:
            self.send(request, now)
        elif self._flood_waits.may_wait(request, left):
            self._flood_waits.wait(request, left, ceil(left), now)
        else:
            error = FloodWait(seconds=ceil(left), request=request.handle.function.NAME)
            self.finish(request, RequestFailed(request.handle, error), now)

    @property
    def deadline(self) -> float:
        """When `handle_deadline` is due; infinity for never."""
        return self._flood_waits.deadline

    def handle_deadline(self, now: float) -> None:
        """Send the requests whose FLOOD_WAIT is over."""
        for request in self._flood_waits.pop_due(now):
            self._send_after_flood(request, now)

    # -- the end of a request ---------------------------------------------------------------------------------------

    def finish(self, request: ClientRequest, outcome: Outcome, now: float) -> None:
        """A request has its outcome: report it, and send or fail what follows the request."""
        del self._requests[request.handle]
        if self._trace is not None:
            self._trace.requests.finish(outcome, now)
        if request.auth_import is not None:
            self._on_import_outcome(request.auth_import, outcome, now)
        elif request.is_lookup:
            self._on_lookup_outcome(outcome, now)
        else:
            self._report(outcome)
        if isinstance(outcome, RequestFailed):
            for dependent in self._invoke_after.release(request):
                self.finish(dependent, RequestFailed(dependent.handle, predecessor_failed()), now)
        else:
            self._release_dependents(request, now)

    def cancel(self, handle: RequestHandle[Any], now: float) -> bool:
        """The answer is not needed any more; returns whether it was pending."""
        request = self._requests.pop(handle, None)
        if request is None:
            return False
        if self._trace is not None:
            self._trace.requests.cancel(handle, now)
        if request.dc_session is not None:
            request.dc_session.session.cancel(handle)
        self._flood_waits.forget(request)
        for waiting in self._importing.values():
            if request in waiting:
                waiting.remove(request)
        if request in self._without_address:
            self._without_address.remove(request)
        self._invoke_after.forget(request)
        self._release_dependents(request, now)
        return True

    def close(self) -> None:
        """End every request of the caller as unknown; the client's own ones end without consequences."""
        requests, self._requests = self._requests, {}
        for request in requests.values():
            outcome = OutcomeUnknown(request.handle, "the client was closed")
            if self._trace is not None:
                self._trace.requests.finish(outcome, self._trace.now)
            if not request.is_internal:
                self._report(outcome)


def no_address(dc_id: int, lookup: Outcome | None = None) -> str:
    """Why a request for that data center was not sent; `lookup` is the outcome of help.getConfig, if it was sent."""
    match lookup:
        case ResultReceived():
            found = ", and help.getConfig does not name it"
        case RequestFailed():
            text = lookup.error.text if isinstance(lookup.error, RpcError) else str(lookup.error)
            found = f", and help.getConfig failed: {text}"
        case OutcomeUnknown():
            found = f", and help.getConfig was not answered: {lookup.reason}"
        case _:
            found = ""
    return f"never sent: data center {dc_id} has no known address{found}; add it to ClientConfig.endpoints"


def _error_of(outcome: RequestFailed | OutcomeUnknown) -> RpcError | RemoteProtocolError:
    return outcome.error if isinstance(outcome, RequestFailed) else RemoteProtocolError("MS26", outcome.reason)
