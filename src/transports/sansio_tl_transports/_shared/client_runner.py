"""What the adapters share of an account: the client, those who wait for its answers, and the links it wants dialled.

    adapter                                      ClientRunner                    sansio_tl.client.Client
    open a socket      <-  next_dial         <-  Connect
    the socket is open ->  up                ->  connection_made; a `ConnectionRunner` for whoever carries its bytes
    it cannot be had   ->  failed            ->  connection_failed
    a timer            ->  deadline, tick    ->  next_deadline, handle_deadline

No socket, no loop, no thread. Whenever something happened that the adapter's tasks may be waiting for, `changed` is
called.
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sansio_tl import Client, ClientConfig, Function, Limits, RequestHandle, TLObject, events, types
from sansio_tl.auth import Flow
from sansio_tl.checking import require
from sansio_tl.client import ClientEvent, Connect, ConnectionLost, HomeDataCenterChanged, SnapshotChanged
from sansio_tl.errors import ConnectionLostError, LocalProtocolError
from sansio_tl.framing import Framing
from sansio_tl.role import Role
from sansio_tl_transports._shared.callbacks import call_plain, require_plain
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connect_options import PAUSE, Attempt, ConnectError, ConnectOptions, describe_error
from sansio_tl_transports._shared.connection_runner import MAX_UPDATES, ConnectionRunner
from sansio_tl_transports._shared.waiter import Answer, E, Pulse

R = TypeVar("R")

Report = Callable[[ClientEvent], object]
Save = Callable[[dict[str, Any]], object]


@dataclass(frozen=True, slots=True)
class Dialling:
    """A link that is to be opened."""

    link: int
    attempts: tuple[Attempt, ...]
    second: bool = False
    """Whether it is to serve the session of `link`, which is up, beside it."""

    def failed(self, error: Exception) -> str:
        """What to tell when it could not be opened: where, and why."""
        if any(attempt.proxy is not None for attempt in self.attempts):
            return describe_error(error)  # names the proxy
        places = dict.fromkeys(f"{attempt.host} port {attempt.port}" for attempt in self.attempts)
        return f"{', '.join(places)}: {error.reason if isinstance(error, ConnectError) else describe_error(error)}"


class ClientRunner(Generic[E]):
    """The client of one account, and everybody who waits for it."""

    def __init__(
        self,
        config: ClientConfig,
        snapshot: dict[str, Any] | None,
        *,
        way: ConnectOptions,
        clock: Clock,
        make_event: Callable[[], E],
        changed: Callable[[], None],
        on_event: Report | None = None,
        save: Save | None = None,
    ) -> None:
        """Raises LocalProtocolError for a snapshot that is none, EncodeError for a setting that cannot be sent.

        And TypeError for an async `on_event` or `save`.
        """
        due = "a ClientConfig (connect takes a Config, which is the `connection_config` of a ClientConfig)"
        require(isinstance(config, ClientConfig), "open_client: config", due, config)
        require_plain(on_event=on_event, save=save)
        config.connection_config.init_connection_prefix()  # what cannot be sent shall not even be dialled with
        self._way = way
        self._config = config
        self._clock = clock
        self._make_event = make_event
        self._changed = changed
        self._on_event = on_event
        self._save = save
        self._linking: tuple[int, tuple[str, int]] | None = None
        if way.chooses_framing:
            config = replace(config, connection_config=replace(config.connection_config, framing=self._make_framing))
        self._client = Client(config, snapshot=snapshot, entropy=os.urandom, now=clock())
        self._links: dict[int, LinkDriver] = {}
        self._dialling: dict[int, Connect] = {}
        self._dialled: dict[int, tuple[int, tuple[str, int]]] = {}
        self._dials: deque[Dialling] = deque()
        self._seconds: dict[int, float] = {}
        """Links that had a second one dialled -> when to dial the next, by the adapter's clock."""
        self._waiting: dict[RequestHandle[Any], Answer[Any, E]] = {}
        self._updates: deque[TLObject] = deque()
        self._flows: WeakKeyDictionary[Flow[Any], deque[TLObject]] = WeakKeyDictionary()
        self._sessions = 0
        self._bug: BaseException | None = None
        self._bug_trace: TracebackType | None
        self.trouble: str | None = None
        """Why the last link ended or could not be opened; None when all is well."""
        self.news: Pulse[E] = Pulse(make_event)
        """Called when there are updates, and when there will be no more."""
        self.settle()

    # -- for the account ---------------------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """Whether nothing can be asked any more."""
        return self._bug is not None or self._client.closed

    @property
    def now(self) -> float:
        """The engine's time."""
        return self._clock()

    @property
    def api_id(self) -> int:
        """That of the application."""
        return self._config.connection_config.api_id

    @property
    def logout_tokens(self) -> tuple[bytes, ...]:
        """From earlier log-ins and log-outs."""
        return self._client.logout_tokens

    @property
    def user_id(self) -> int | None:
        """Who is logged in; None while nobody is."""
        return self._client.user_id

    @property
    def dc_id(self) -> int:
        """Where the account lives, as far as is known."""
        return self._client.home_dc

    def snapshot(self) -> dict[str, Any]:
        """The state, for another process."""
        return self._client.snapshot()

    def forget_key(self, dc_id: int | None) -> None:
        """Give up the permanent key of a data center, or of the account's own. Raises LocalProtocolError."""
        self._require_open()
        self._client.forget_key(self._client.home_dc if dc_id is None else dc_id, now=self._clock())
        self.settle()

    def invoke(self, function: Function[R], dc_id: int | None) -> tuple[RequestHandle[R], Answer[R, E]]:
        """Make a request. Raises EncodeError for a value that cannot be sent, LocalProtocolError once closed."""
        self._require_open()
        handle = self._client.invoke(function, dc_id=dc_id, now=self._clock())
        answer = self._waiting[handle] = Answer(self._make_event())
        self.settle()
        return handle, answer

    @property
    def waited_for(self) -> bool:
        """Whether somebody waits for an answer."""
        return bool(self._waiting)

    def forget(self, handle: RequestHandle[Any]) -> None:
        """Nobody waits for this answer any more. Without effect once it is there."""
        if self._waiting.pop(handle, None) is not None and not self.closed:
            self._client.cancel(handle, now=self._clock())
            self.settle()

    def take_update(self) -> TLObject | None:
        """The next update; None when there is none at present."""
        return self._updates.popleft() if self._updates else None

    def no_answer(self, function: Function[Any], seconds: float | None) -> str:
        """The text of the TimeoutError when an answer takes too long."""
        because = f" ({self.trouble})" if self.trouble else ""
        return f"no answer to {function.NAME} within {seconds} s{because}"

    # -- for flows ---------------------------------------------------------------------------------------------------

    def watch(self, flow: Flow[Any]) -> None:
        """From now on updates are kept for this flow, until it is gone."""
        self._flows.setdefault(flow, deque(maxlen=MAX_UPDATES))

    def moved(self, flow: Flow[Any]) -> bool:
        """Hand a waiting flow the time and the updates that came; whether it has something to do now.

        Raises LocalProtocolError when nothing will come any more.
        """
        kept = self._flows.get(flow)
        while kept:
            flow.receive_update(kept.popleft(), now=self._clock())
        deadline = flow.next_deadline()
        if deadline is not None and deadline <= self._clock():
            flow.handle_deadline(now=max(self._clock(), deadline))
        moved = flow.finished or flow.next_action() is not None
        if not moved:
            self._require_open()
        return moved

    def flow_deadline(self, flow: Flow[Any]) -> float:
        """When time moves the flow, by the adapter's clock; infinity for never."""
        deadline = flow.next_deadline()
        return math.inf if deadline is None else self._clock.to_monotonic(deadline)

    # -- for whoever dials and keeps the time ------------------------------------------------------------------------

    def next_dial(self) -> Dialling | None:
        """A link to be opened; None when there is none at present."""
        return self._dials.popleft() if self._dials else None

    @property
    def stagger(self) -> float | None:
        """As for `Way`."""
        return self._way.stagger

    def up(self, dialling: Dialling, attempt: Attempt) -> ConnectionRunner | None:
        """The socket is open: who carries its bytes talks to this driver. None: close it, it is not wanted any more."""
        if self._bug is not None:
            return None
        try:
            return self._up(dialling, attempt)
        except Exception as bug:  # noqa: BLE001
            self.fail(bug)
            return None

    def _up(self, dialling: Dialling, attempt: Attempt) -> ConnectionRunner | None:
        now = self._clock()
        if dialling.second:
            dc_id = self._dialled.get(dialling.link, (0, attempt.target))[0]
            self._linking = (dc_id, attempt.target)
            link = self._client.second_link_up(dialling.link, now=now)
        else:
            dial = self._dialling.pop(dialling.link, None)
            link = None if dial is None else dial.link
            if dial is not None:
                self._linking = self._dialled[dial.link] = (dial.dc_id, attempt.target)
                self._client.connection_made(dial.link, now=now)
        if link is None:
            return None
        driver = self._links[link] = LinkDriver(self, self._client, link, self._clock)
        self.settle()
        return driver

    def failed(self, dialling: Dialling, error: Exception) -> None:
        """The link cannot be opened."""
        if self._bug is None and not dialling.second and self._dialling.pop(dialling.link, None) is not None:
            try:
                self._client.connection_failed(dialling.link, dialling.failed(error), now=self._clock())
                self.settle()
            except Exception as bug:  # noqa: BLE001
                self.fail(bug)

    def deadline(self) -> float:
        """When to call `tick`, by the adapter's clock; infinity for never."""
        if self._bug is not None:
            return math.inf
        try:
            return self._deadline()
        except Exception as bug:  # noqa: BLE001
            self.fail(bug)
            return math.inf

    def _deadline(self) -> float:
        deadline = self._client.next_deadline()
        due = math.inf if deadline is None else self._clock.to_monotonic(deadline)
        for link, at in self._seconds.items():
            if at < due and self._client.wants_second_link(link):
                due = at
        return due

    def tick(self) -> None:
        """Let the client do what is due; too early it does nothing."""
        if self._bug is not None:
            return
        try:
            self._tick()
        except Exception as bug:  # noqa: BLE001
            self.fail(bug)

    def _tick(self) -> None:
        deadline = self._client.next_deadline()
        if deadline is not None and deadline <= self._clock():
            # Converting between clocks rounds; the client shall not find itself a microsecond early, again and again.
            self._client.handle_deadline(now=max(self._clock(), deadline))
            self.settle()
        elif self._want_seconds():
            self._changed()

    def fail(self, bug: BaseException) -> None:
        """An exception came out of the engine, the adapter or a callback: it ends this account, and nothing else.

        Whoever waits shall see it. The client may be in any state, so nothing more is asked of it.
        """
        if self._bug is not None:
            return
        self._bug, self._bug_trace = bug, bug.__traceback__
        self._dials.clear()
        while self._links:
            self._links.popitem()[1].over = True
        while self._waiting:
            self._waiting.popitem()[1].fail(bug)
        self.news()
        self._changed()

    def raise_bug(self) -> None:
        """Raise what `send_error` was told, if anything."""
        if self._bug is not None:
            raise self._bug.with_traceback(self._bug_trace)

    def close(self) -> None:
        """Hang up everywhere."""
        if not self.closed:
            try:
                self._client.close(now=self._clock())
                self.settle()
                self.news()
            except Exception as bug:  # noqa: BLE001
                self.fail(bug)

    def _require_open(self) -> None:
        self.raise_bug()
        if self.closed:
            raise LocalProtocolError("the client is closed")

    # -- within ------------------------------------------------------------------------------------------------------

    def _make_framing(self, role: Role, limits: Limits) -> Framing:
        """The framing of a link, made while the client is told that the link is up."""
        if self._linking is None:
            raise AssertionError("no link is being opened")
        dc_id, target = self._linking
        return self._way.framed(replace(self._config.connection_config, dc_id=dc_id), target)(role, limits)

    def settle(self) -> None:
        """Something happened to the client: do what it asks, tell what it tells."""
        try:
            self._do_actions()
            if self.take_events():
                self._do_actions()  # callbacks may have asked for something
            if self._way.polled:
                self._want_seconds()
        except Exception as bug:  # noqa: BLE001
            self.fail(bug)
        self._changed()

    def _do_actions(self) -> None:
        while self._bug is None and (action := self._client.next_action()) is not None:
            if isinstance(action, Connect):
                self._dialling[action.link] = action
                targets = [(endpoint.host, endpoint.port) for endpoint in action.endpoints]
                self._dials.append(Dialling(action.link, tuple(self._way.attempts(targets))))
                continue
            self._dialling.pop(action.link, None)
            self._dialled.pop(action.link, None)
            self._seconds.pop(action.link, None)
            if (driver := self._links.pop(action.link, None)) is not None:
                driver.hang_up(action.data)

    def _want_seconds(self) -> bool:
        """Over HTTP: have a second link dialled for each session that wants one."""
        if not self._way.polled or self._bug is not None:
            return False
        found = False
        for link, (_, target) in self._dialled.items():
            at = self._clock.to_monotonic(self._clock())
            if self._client.wants_second_link(link) and self._seconds.get(link, -math.inf) <= at:
                self._seconds[link] = at + PAUSE
                self._dials.append(Dialling(link, tuple(self._way.attempts([target])), second=True))
                found = True
        return found

    @property
    def through(self) -> str:
        """As for `Way`."""
        return self._way.through

    def hung_up(self) -> None:
        """The peer has closed a connection."""
        self.trouble = f"the connection{self.through} was closed by the peer"

    def lost(self, link: int, reason: str) -> None:
        """A socket broke."""
        self._links.pop(link, None)
        if self._bug is not None:
            return
        self._client.connection_failed(link, reason, now=self._clock())
        self.settle()

    def take_events(self) -> bool:
        """Hand on what the client tells; whether that was anything."""
        changed = found = False
        while self._bug is None and (event := self._client.next_event()) is not None:
            found = True
            match event:
                case events.ResultReceived():
                    self.trouble = None
                    self._answer(event.handle).succeed(event.result)
                case events.RequestFailed():
                    self._answer(event.handle).fail(event.error)
                case events.OutcomeUnknown():
                    self._answer(event.handle).fail(ConnectionLostError(event.reason))
                case events.UpdatesReceived():
                    self._keep(event.updates)
                case events.SessionCreated():
                    self._sessions += 1
                    if self._sessions > 1:  # the first one is ours; at a later one updates may have been lost
                        self._keep(types.UpdatesTooLong())
                case _:
                    changed |= isinstance(event, SnapshotChanged)
                    self._note(event)
                    self._tell("on_event", self._on_event, event)
        if changed and self._save is not None:
            self._tell("save", self._save, self._client.snapshot())
        return found

    def _note(self, event: ClientEvent) -> None:
        if isinstance(event, HomeDataCenterChanged):
            self._sessions = 0
        elif isinstance(event, ConnectionLost) and event.error is not None:
            self.trouble = f"data center {event.dc_id}: {event.error}"

    def _tell(self, name: str, callback: Callable[[Any], object] | None, what: Any) -> None:
        """Call a function of the application; what it raises ends the account, and is raised where that is left."""
        if callback is None:
            return
        try:
            call_plain(name, callback, what)
        except BaseException as error:  # noqa: BLE001  SystemExit, too: the thread it came in may be nobody's
            self.fail(error)

    def _answer(self, handle: RequestHandle[Any]) -> Answer[Any, E]:
        """The answer that somebody waits for, or one that nobody waits for."""
        return self._waiting.pop(handle, None) or Answer(self._make_event())

    def _keep(self, updates: TLObject) -> None:
        for kept in self._flows.values():
            kept.append(updates)
        if len(self._updates) >= MAX_UPDATES:
            self._updates.clear()
            updates = types.UpdatesTooLong()
        self._updates.append(updates)
        self.news()


class LinkDriver(ConnectionRunner):
    """One link of an account."""

    reads_on = True

    def __init__(self, account: ClientRunner[Any], client: Client, link: int, clock: Clock) -> None:
        self.over = False
        """Whether the client has hung up, or was told that the link broke."""
        self._last = b""
        self._account = account
        self._client = client
        self._link = link
        self._clock = clock

    @property
    def closed(self) -> bool:
        """Whether the link is over."""
        return self.over

    def receive(self, data: bytes) -> None:
        """The peer sent this; ``b""`` means that it has hung up."""
        if not self.over:
            if not data:
                self._account.hung_up()
            self._client.receive_data(self._link, data, now=self._clock())
            self._account.settle()

    def hang_up(self, data: bytes) -> None:
        """The client needs the link no more; `data` is the last that it says."""
        self.over, self._last = True, data

    def output(self) -> bytes:
        """What must be sent now."""
        if self.over:
            last, self._last = self._last, b""
            return last
        data = self._client.data_to_send(self._link, now=self._clock())
        self._account.take_events()
        return data

    def deadline(self) -> float:
        """Never: the account keeps the time of all its links."""
        return math.inf

    def tick(self) -> None:
        """As `deadline`."""

    def lost(self, error: Exception) -> None:
        """The socket broke."""
        self._break(f"the connection{self._account.through} broke: {error}")

    def fail(self, bug: Exception) -> None:
        """An exception that should not have been: all links are those of one client."""
        self.over = True
        self._account.fail(bug)

    def close(self) -> None:
        """The link is not carried any more."""
        self._break("the link was closed here")

    def _break(self, reason: str) -> None:
        if not self.over:
            self.over = True
            self._account.lost(self._link, reason)
