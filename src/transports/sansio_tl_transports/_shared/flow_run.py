"""One run of a flow, for a caller that waits until the flow needs input or has ended."""

from __future__ import annotations

from typing import Any

from sansio_tl import Function
from sansio_tl.auth import Flow, Invoke
from sansio_tl.errors import ConnectionLostError, LocalProtocolError
from sansio_tl.events import FlowFailed, FlowFinished, FlowMoved, InputRequired
from sansio_tl.validation import require

FlowEvent = InputRequired | FlowFinished | FlowFailed | FlowMoved


def must_run(flow: Flow[Any], *, waits: bool) -> bool:
    """Whether there is something to run, or with `waits` to wait for. Raises LocalProtocolError for what is no flow."""
    require(isinstance(flow, Flow), "run: flow", "a flow of sansio_tl.auth", flow)
    idle = flow.next_action() is None
    return idle == waits and not flow.finished


class FlowRun:
    """A flow that the engine runs. At its end the engine stops the flow, so that only its owner changes it then."""

    def __init__(self, flow: Flow[Any], *, waits: bool = False) -> None:
        """With `waits`, the run ends only after time or an update has moved the flow."""
        self.flow = flow
        self.done = False
        """Whether it has ended."""
        self.request: tuple[Function[Any] | None, float] = None, 0.0
        """The request that is not answered yet, and when it was made."""
        self._waits = waits
        self._state = flow.state
        self._error: Exception | None = None
        self._dc_id: int | None = None

    def begin(self, now: float) -> None:
        """The engine runs the flow."""
        self._note_request(now)
        self._waits = self._waits and self.request[0] is None and not self.flow.finished

    def note_progress(self, now: float) -> None:
        """Call this after each change of the engine."""
        if self.flow.state is not self._state:
            self._state = self.flow.state
            self._waits = False
            self._note_request(now)

    def _note_request(self, now: float) -> None:
        action = self.flow.next_action()
        self.request = action.function if isinstance(action, Invoke) else None, now

    def end(self, event: FlowEvent) -> bool:
        """Process an event of the flow; returns whether the run has ended."""
        if isinstance(event, InputRequired) and (self._waits or self.flow.prompt is None):
            return False  # not moved yet, or moved since
        if isinstance(event, FlowFailed):
            self._error = event.error
            if self._waits and isinstance(event.error, ConnectionLostError):  # no outcome is unknown
                self._error = LocalProtocolError("the client is closed")
        elif isinstance(event, FlowMoved):
            self._dc_id = event.dc_id
        self.done = True
        return True

    def result(self) -> int | None:
        """The data center where the flow continues, of a single connection. Raises why the flow cannot continue."""
        if self._error is not None:
            raise self._error
        return self._dc_id
