"""Each request is answered exactly once, or reported as unknown, or cancelled; and the answer is the server's.

- A handle ends in one event. After a cancel there is none.
- A result is what the data center made for this very request, to the last bit.
- An error is one that a data center has told of this request. The client's own exports and imports of authorizations
  may fail too, and what waits for them fails with them.
- A bare connection has settled everything when it says `ConnectionClosed`, a client when it was closed.
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
"""What a data center says for lack of room, and what depends on another request."""
_OF_IMPORTS = "MS26"


class Answers:
    """Compares what clients are told with what data centers have done."""

    def __init__(self, checked: Counter[str]) -> None:
        self.reasons: Counter[str] = Counter()
        """Why outcomes were unknown."""
        self.errors_of_imports: set[str] = set()
        """Texts of errors that clients were told on their own business."""
        self._checked = checked

    def told(self, who: str, event: ClientEvent, errand: SimRequest | None, *, still_waiting: int) -> None:
        """A client has told something."""
        if isinstance(event, ConnectionClosed) and still_waiting:
            raise Violation(NAME, f"{who}: the connection is closed and {still_waiting} requests are unanswered")
        if not isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown):
            return
        self._checked[NAME] += 1
        if errand is None:
            raise Violation(NAME, f"{who} is told {event!r}, and does not wait for it (any more)")
        if errand.settled:
            raise Violation(NAME, f"{errand} is {errand.state.value} already, and now comes {event!r}")
        match event:
            case ResultReceived(result=result):
                self._on_result(errand, result)
            case RequestFailed(error=error):
                self._on_error(errand, error)
            case OutcomeUnknown(reason=reason):
                errand.state = RequestStatus.UNKNOWN
                self.reasons[reason] += 1

    def closed(self, who: str, still_waiting: int) -> None:
        """A client was closed, and has told what it had to tell."""
        self._checked[NAME] += 1
        if still_waiting:
            raise Violation(NAME, f"{who} was closed and {still_waiting} requests are unanswered")

    def _on_result(self, errand: SimRequest, result: object) -> None:
        if result != errand.answer and result not in errand.odd_answers:
            raise Violation("nothing forged is delivered", f"{errand} is answered with {result!r:.200}")
        if not errand.executions:
            raise Violation("nothing forged is delivered", f"{errand} is answered, and nobody has done it")
        errand.state = RequestStatus.ANSWERED

    def _on_error(self, errand: SimRequest, error: Exception) -> None:
        if isinstance(error, RpcError):
            known = errand.told | self.errors_of_imports
            if error.text not in known | _OF_THE_SERVER_ITSELF:
                raise Violation("nothing forged is delivered", f"{errand} fails with {error.text}, which nobody said")
        elif getattr(error, "check", None) != _OF_IMPORTS:
            raise Violation(
                "nothing forged is delivered", f"{errand} fails with {error!r}: nobody sends such an answer"
            )
        errand.state = RequestStatus.FAILED
