"""Runs flows for a connection or a client: sorts out what concerns them, and says what to do next.

    owner                                          FlowRunner
    run(flow)                               ->     start
    its events                              ->     sort: takes the outcomes of the flows' requests, keeps the others
    makes a request                         <-     next_request; then requested, or fail
    next_action                             <-     actions: computations
    next_event                              <-     events: those of the owner, and of the flows

A flow runs until it is finished, fails, moves or is stopped; until then the runner keeps it, also while it awaits
input. It makes one request or computation at a time. For a stopped flow the runner keeps the updates, as long as the
flow exists. No I/O, and no calls of the owner.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sansio_tl.auth.actions import Compute, Invoke
from sansio_tl.auth.flow import Flow
from sansio_tl.errors import ConnectionLostError, LocalProtocolError, ProtocolError
from sansio_tl.events import (
    ConnectionClosed,
    FlowFailed,
    FlowFinished,
    FlowMoved,
    InputRequired,
    Outcome,
    OutcomeUnknown,
    RequestFailed,
    ResultReceived,
    UpdatesReceived,
)
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client.request import RequestHandle
from sansio_tl.mtproto.client.unread_updates import UnreadUpdates

_OUTCOMES = (ResultReceived, RequestFailed, OutcomeUnknown)
_OF_FLOWS = (InputRequired, FlowFinished, FlowFailed, FlowMoved)


class FlowRequest(NamedTuple):
    """A request that a flow makes."""

    flow: Flow[Any]
    invoke: Invoke


class _Run:
    """A flow that runs."""

    __slots__ = ("busy", "flow", "updates")

    def __init__(self, flow: Flow[Any], updates: UnreadUpdates) -> None:
        self.flow = flow
        self.busy: RequestHandle[Any] | Compute | None = None
        """What the flow waits for; None if that is input, time or an update."""
        self.updates = updates
        """What has arrived since the flow last awaited something: some updates come before the answer."""


class FlowRunner:
    """The flows of one connection or client."""

    def __init__(self, limits: Limits, dc_id: int | None = None, *, offload: bool = False) -> None:
        """`dc_id` is the only data center that the owner can reach; None if it can reach all. With `offload` the driver
        makes the computations.
        """
        self.events: deque[Any] = deque()
        """The owner's events, those of flows among them."""
        self.actions: deque[Compute] = deque()
        """The computations for the driver."""
        self._limits = limits
        self._dc_id = dc_id
        self._offload = offload
        self._runs: dict[Flow[Any], _Run] = {}
        self._stopped: WeakKeyDictionary[Flow[Any], UnreadUpdates] = WeakKeyDictionary()
        """The updates for flows that may go on."""
        self._ready: deque[_Run] = deque()
        """Runs whose flows may have an action."""
        self._waiting_for: dict[RequestHandle[Any] | Compute, _Run] = {}

    # -- calls of the caller ----------------------------------------------------------------------------------------

    def start(self, flow: Flow[Any]) -> None:
        """Run a flow, or continue one that has got input. No effect while it is busy.

        Raises LocalProtocolError if it is no flow, or if another connection or client runs it.
        """
        if not isinstance(flow, Flow):
            raise LocalProtocolError(
                f"run needs a flow, as auth.log_in(...) and auth.QrLogin(...) make one, not {type(flow).__name__}"
            )
        flow.set_owner(self)
        run = self._runs.get(flow)
        if run is None:
            kept = self._stopped.pop(flow) if flow in self._stopped else UnreadUpdates(self._limits)
            run = self._runs[flow] = _Run(flow, kept)
        if run.busy is None:
            self._mark_ready(run)

    def stop(self, flow: Flow[Any]) -> RequestHandle[Any] | None:
        """Run a flow no longer, until `start`: no event reports it. Returns its request, which is to be cancelled."""
        self.events = deque(each for each in self.events if not (isinstance(each, _OF_FLOWS) and each.flow is flow))
        run = self._runs.get(flow)
        if run is None:
            return None
        busy = run.busy
        self._end(run)
        self._stopped[flow] = run.updates
        if isinstance(busy, Compute):
            self.actions = deque(action for action in self.actions if action is not busy)
            return None
        return busy

    def receive_computed(self, action: Compute, value: object) -> None:
        """A computation has returned. No effect if the flow was stopped, or has the value already.

        Raises LocalProtocolError for a value that cannot be that of the computation, which is still waited for then.
        """
        run = self._waiting_for.get(action)
        if run is None:
            return
        run.flow.require_computed(value)
        self._set_busy(run, None)
        try:
            run.flow.receive_computed(value)
        except ProtocolError as error:
            self._fail(run, error)
        else:
            self._mark_ready(run)

    def is_request(self, handle: RequestHandle[Any]) -> bool:
        """Whether a flow has made this request, and waits for the outcome."""
        return handle in self._waiting_for

    # -- requests and events ----------------------------------------------------------------------------------------

    def sort(self, events: Iterable[Any], now: float) -> None:
        """Take the owner's new events: the outcomes of flows' requests move the flows, all others are kept."""
        for event in events:
            if isinstance(event, _OUTCOMES) and (run := self._waiting_for.get(event.handle)) is not None:
                self._receive_outcome(run, event, now)
                continue
            if isinstance(event, ConnectionClosed):
                self.close("the connection has ended")
            self.events.append(event)
            if isinstance(event, UpdatesReceived):
                for kept in self._stopped.values():
                    kept.put(event.updates)
                for run in list(self._runs.values()):
                    run.updates.put(event.updates)
                    self._look_at_updates(run, now)

    def next_request(self, now: float) -> FlowRequest | None:
        """The next request to make; then call `requested` or `fail`. None when every flow waits for something."""
        while self._ready:
            run = self._ready.popleft()
            if run.busy is not None or self._runs.get(run.flow) is not run:
                continue
            flow = run.flow
            match flow.next_action():
                case Invoke(dc=int(dc_id)) if self._dc_id is not None and dc_id != self._dc_id:
                    self._end(run)
                    self.events.append(FlowMoved(flow, dc_id))
                case Invoke() as invoke:
                    return FlowRequest(flow, invoke)
                case Compute() as action:
                    self._set_busy(run, action)
                    if self._offload:
                        self.actions.append(action)
                    else:
                        self.receive_computed(action, action.job())
                case _:
                    self._rest(run, now)
        return None

    def requested(self, flow: Flow[Any], handle: RequestHandle[Any]) -> None:
        """The owner has made the request of a flow."""
        self._set_busy(self._runs[flow], handle)

    def fail(self, flow: Flow[Any], error: ProtocolError | ConnectionLostError) -> None:
        """The request of a flow cannot be made."""
        self._fail(self._runs[flow], error)

    def close(self, reason: str) -> None:
        """There will be no more answers: every flow fails. The outcomes of their requests come before."""
        self.actions.clear()
        for run in list(self._runs.values()):
            self._fail(run, ConnectionLostError(reason))

    # -- time -------------------------------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """When `handle_deadline` is due; None for never."""
        due = [run.flow.next_deadline() for run in self._runs.values() if run.busy is None]
        return min((at for at in due if at is not None), default=None)

    def handle_deadline(self, now: float) -> None:
        """Let the time pass for the flows that wait."""
        for run in self._runs.values():
            if run.busy is None:
                before = run.flow.state
                run.flow.handle_deadline(now=now)
                self._note_move(run, before)

    # -- internals --------------------------------------------------------------------------------------------------

    def _receive_outcome(self, run: _Run, outcome: Outcome, now: float) -> None:
        self._set_busy(run, None)
        try:
            if isinstance(outcome, ResultReceived):
                run.flow.receive_result(outcome.result, now=now)
            elif isinstance(outcome, RequestFailed):
                run.flow.receive_error(outcome.error, now=now)
            else:
                self._fail(run, ConnectionLostError(outcome.reason))
        except ProtocolError as error:
            self._fail(run, error)
        else:
            self._mark_ready(run)

    def _rest(self, run: _Run, now: float) -> None:
        """The flow has no action: it is finished, or needs input, unless an update that came before moves it."""
        flow = run.flow
        if flow.finished:
            self._end(run)
            self.events.append(FlowFinished(flow))
        elif not self._look_at_updates(run, now) and (prompt := flow.prompt) is not None:
            self.events.append(InputRequired(flow, prompt))

    def _look_at_updates(self, run: _Run, now: float) -> bool:
        """Show a flow that waits the updates that it has not seen; returns whether one has moved it."""
        if run.busy is not None or run.flow.next_action() is not None:
            return False
        while (updates := run.updates.take()) is not None:
            before = run.flow.state
            run.flow.receive_update(updates, now=now)
            if self._note_move(run, before):
                return True
        return False

    def _note_move(self, run: _Run, before: object) -> bool:
        moved = run.flow.state != before
        if moved:
            self._mark_ready(run)
        return moved

    def _mark_ready(self, run: _Run) -> None:
        if run not in self._ready:
            self._ready.append(run)

    def _set_busy(self, run: _Run, busy: RequestHandle[Any] | Compute | None) -> None:
        if run.busy is not None:
            del self._waiting_for[run.busy]
        run.busy = busy
        if busy is not None:
            self._waiting_for[busy] = run

    def _end(self, run: _Run) -> None:
        self._set_busy(run, None)
        del self._runs[run.flow]
        run.flow.clear_owner()

    def _fail(self, run: _Run, error: ProtocolError | ConnectionLostError) -> None:
        self._end(run)
        error.__context__ = None
        self.events.append(FlowFailed(run.flow, error.with_traceback(None)))
