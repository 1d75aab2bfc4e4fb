"""Each request is answered exactly once, or reported as unknown, or cancelled; and the answer is the server's.

- A handle ends in one event. After a cancellation there is none.
- A result is exactly what the data center made for this request.
- An error is one that a data center has answered to this request. The client's own exports and imports of
  authorizations may fail too, and what waits for them fails with them.
- A bare connection has settled everything when it emits `ConnectionClosed`, a client when it was closed.
"""

from __future__ import annotations

from collections import Counter

from sansio_tl.client.events import ClientEvent
from sansio_tl.errors import RpcError
from sansio_tl.events import ConnectionClosed, OutcomeUnknown, RequestFailed, ResultReceived
from sansio_tl.mtproto.invoke_after import PREDECESSOR_FAILED
from sansio_tl.simulation.requests import RequestStatus, SimRequest
from sansio_tl.simulation.violation import Violation

NAME = "answered exactly once"
_OF_THE_SERVER_ITSELF = frozenset({PREDECESSOR_FAILED, "FLOOD_WAIT_1"})
"""Errors of a data center without memory for the answer, and of a request that depends on another one."""
_OF_IMPORTS = "MS26"


class Answers:
    """Compares the events of clients with the executions of data centers."""

    def __init__(self, checked: Counter[str]) -> None:
        self.reasons: Counter[str] = Counter()
        """Why outcomes were unknown."""
        self.errors_of_imports: set[str] = set()
        """Texts of errors of the clients' own requests."""
        self._checked = checked

    def client_event(
        self, client: str, event: ClientEvent, sim_request: SimRequest | None, *, still_waiting: int
    ) -> None:
        """A client has emitted an event."""
        if isinstance(event, ConnectionClosed) and still_waiting:
            raise Violation(NAME, f"{client}: the connection is closed and {still_waiting} requests are unanswered")
        if not isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown):
            return
        self._checked[NAME] += 1
        if sim_request is None:
            raise Violation(NAME, f"{client} emits {event!r} for a request that is not pending")
        if sim_request.settled:
            raise Violation(NAME, f"{sim_request} is {sim_request.state.value} already and gets {event!r}")
        match event:
            case ResultReceived(result=result):
                self._on_result(sim_request, result)
            case RequestFailed(error=error):
                self._on_error(sim_request, error)
            case OutcomeUnknown(reason=reason):
                sim_request.state = RequestStatus.UNKNOWN
                self.reasons[reason] += 1

    def closed(self, client: str, still_waiting: int) -> None:
        """A client was closed, and has emitted all its events."""
        self._checked[NAME] += 1
        if still_waiting:
            raise Violation(NAME, f"{client} was closed and {still_waiting} requests are unanswered")

    def _on_result(self, sim_request: SimRequest, result: object) -> None:
        if result != sim_request.answer and result not in sim_request.odd_answers:
            raise Violation("nothing forged is delivered", f"{sim_request} is answered with {result!r:.200}")
        if not sim_request.executions:
            raise Violation("nothing forged is delivered", f"{sim_request} is answered but was not executed")
        sim_request.state = RequestStatus.ANSWERED

    def _on_error(self, sim_request: SimRequest, error: Exception) -> None:
        if isinstance(error, RpcError):
            known = sim_request.client_event | self.errors_of_imports
            if error.text not in known | _OF_THE_SERVER_ITSELF:
                raise Violation(
                    "nothing forged is delivered",
                    f"{sim_request} fails with {error.text}, which no data center has sent",
                )
        elif getattr(error, "check", None) != _OF_IMPORTS:
            raise Violation(
                "nothing forged is delivered", f"{sim_request} fails with {error!r}, which no data center sends"
            )
        sim_request.state = RequestStatus.FAILED
