"""Each request is answered exactly once, or reported as unknown, or cancelled; and the answer is the server's.

- A handle ends in one event. After a cancellation there is none.
- A result is exactly what the data center made for this request.
- An error is one that a data center has answered to this request. The client's own exports and imports of
  authorizations may fail too, and what waits for them fails with them.
- During a flood a client answers FLOOD_WAIT itself, or waits: only while one lasts that a data center has answered to
  the same client for the same method, with no more seconds than are left.
- A bare connection has settled everything when it emits `ConnectionClosed`, a client when it was closed.
"""

from __future__ import annotations

from collections import Counter

from sansio_tl.client.events import ClientEvent, FloodWaitStarted
from sansio_tl.errors import FloodPremiumWait, FloodWait, RpcError
from sansio_tl.events import ConnectionClosed, OutcomeUnknown, RequestFailed, ResultReceived
from sansio_tl.mtproto.invoke_after import PREDECESSOR_FAILED
from sansio_tl.simulation.invariants import floods
from sansio_tl.simulation.requests import RequestStatus, SimRequest
from sansio_tl.simulation.violation import Violation

NAME = "answered exactly once"
_OF_THE_SERVER_ITSELF = frozenset({PREDECESSOR_FAILED, "FLOOD_WAIT_1"})
"""Errors of a data center without memory for the answer, and of a request that depends on another one."""
_OF_IMPORTS = "MS26"
_FLOOD = 420


class Answers:
    """Compares the events of clients with the executions of data centers."""

    def __init__(self, checked: Counter[str]) -> None:
        self.reasons: Counter[str] = Counter()
        """Why outcomes were unknown."""
        self.errors_of_imports: set[str] = set()
        """Texts of errors of the clients' own requests."""
        self._checked = checked
        self._floods = floods.ReceivedFloods()

    def client_event(
        self,
        client: str,
        event: ClientEvent,
        sim_request: SimRequest | None,
        *,
        still_waiting: int,
        now: float,
        knows_floods: bool,
    ) -> None:
        """A client has emitted an event, at `now` by its clock.

        `knows_floods`: whether it answers requests itself during a flood; a bare connection does not.
        """
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
                self._on_error(sim_request, error, now if knows_floods else None)
            case OutcomeUnknown(reason=reason):
                sim_request.state = RequestStatus.UNKNOWN
                self.reasons[reason] += 1

    def flood_wait(self, client: str, event: FloodWaitStarted, sim_request: SimRequest | None, now: float) -> None:
        """A client has reported that a request waits for a flood; `sim_request` is None for its own requests."""
        self._checked[NAME] += 1
        method = floods.method_of(event.handle.function)
        if sim_request is None and method not in floods.OWN_METHODS:
            return  # it was cancelled meanwhile
        sent = self.errors_of_imports if sim_request is None else sim_request.client_event
        if floods.are_sent(event.seconds, sent | _OF_THE_SERVER_ITSELF, FloodWait):
            self._floods.add(client, method, event.seconds, now)
        elif not (
            self._floods.allow(client, method, event.seconds, now)
            or (sim_request is None and 0 < event.seconds <= floods.longest(sent))
            or floods.are_sent(event.seconds, sent, FloodPremiumWait)
        ):
            raise Violation(
                "nothing forged is delivered",
                f"{client} waits {event.seconds} s for {method}, which no data center has sent",
            )

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

    def _on_error(self, sim_request: SimRequest, error: Exception, now: float | None) -> None:
        """`now` is None for a client that does not know floods."""
        if isinstance(error, RpcError):
            known = sim_request.client_event | self.errors_of_imports | _OF_THE_SERVER_ITSELF
            if error.text in known:
                if now is not None and isinstance(error, FloodWait) and error.request not in floods.OWN_METHODS:
                    method = floods.method_of(sim_request.function)
                    self._floods.add(sim_request.client_name, method, error.seconds, now)
            elif now is None or not self._is_made_by_client(sim_request, error, now):
                raise Violation(
                    "nothing forged is delivered",
                    f"{sim_request} fails with {error.text}, which no data center has sent",
                )
        elif getattr(error, "check", None) != _OF_IMPORTS:
            raise Violation(
                "nothing forged is delivered", f"{sim_request} fails with {error!r}, which no data center sends"
            )
        sim_request.state = RequestStatus.FAILED

    def _is_made_by_client(self, sim_request: SimRequest, error: RpcError, now: float) -> bool:
        """Whether the client may have made an error itself, in a flood that it knows."""
        if not isinstance(error, FloodWait) or error.code != _FLOOD or error.text != f"FLOOD_WAIT_{error.seconds}":
            return False
        if error.request in floods.OWN_METHODS:  # that it has received the flood was no event
            return 0 < error.seconds <= floods.longest(self.errors_of_imports)
        method = floods.method_of(sim_request.function)
        return self._floods.allow(sim_request.client_name, method, error.seconds, now)
