"""The fleet, for any event loop: which accounts are opened when, and what ends them."""

from __future__ import annotations

import heapq
import logging
import math
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Generic, Protocol, TypeVar, cast

from sansio_tl import ClientConfig
from sansio_tl.client import AuthKeyNotFound, AuthorizationLost, ClientEvent
from sansio_tl.validation import require, require_whole
from sansio_tl_transports._shared.async_backend import AsyncBackend
from sansio_tl_transports._shared.async_client import TaskClient
from sansio_tl_transports._shared.callbacks import call_plain
from sansio_tl_transports._shared.connect_gate import GATE
from sansio_tl_transports._shared.stored_session import DEFAULT_LEASE, as_exception, is_async
from sansio_tl_transports._shared.waiter import E, Pulse
from sansio_tl_transports.fleet._limited_store import LimitedStore
from sansio_tl_transports.fleet._pacer import Pacer
from sansio_tl_transports.stores.base import AnyStore, AsyncSessionStore, LeaseOptions, kind_of
from sansio_tl_transports.stores.errors import LeaseHeldError, LeaseLostError, StoreError

C = TypeVar("C", bound=TaskClient)
"""The client of an adapter."""
OnClient = Callable[[str, C], Awaitable[object]]
OnError = Callable[[str | None, Exception], object]
OpenClient = Callable[..., AbstractAsyncContextManager[C]]

_LOG: Final = logging.getLogger("sansio_tl_transports.fleet")
_FEWEST_OPENERS: Final = 4
"""So many accounts are opened at the same time, or more, so that the rate is reached when an opening takes a while."""
_TIME_TO_OPEN: Final = 0.25
"""Seconds: so long an opening may take without slowing the others down, for it waits for the store several times."""
_MOST_PER_SECOND: Final = 1000.0
_SHORTEST_PAUSE: Final = 0.5
"""Before a lease of another client is asked for again, whatever the store says of its end."""


class Spawn(Protocol):
    """Starts a task; returns a function that cancels it. `ended` is called at its end, even if it never began."""

    def __call__(
        self, run: Callable[[], Awaitable[object]], ended: Callable[[], object] | None = None, /
    ) -> Callable[[], object]: ...


def _log(name: str | None, error: Exception) -> None:
    """The default of `on_error`."""
    where = "the store" if name is None else f"session {name!r}"
    _LOG.warning("%s: %s: %s", where, type(error).__name__, error, exc_info=error)


class NotLoggedInError(Exception):
    """No user is logged in with the session of the store, or not any more: the fleet does not keep it open."""


class KeyNotFoundError(Exception):
    """A data center has reported several times in a row that it does not know the auth key of an account.

    The account stays open and connects again and again: the report is not authenticated, anyone on the network can
    forge it. If the key is lost for good, the account needs a login.
    """

    def __init__(self, name: str, dc_id: int, *, is_home: bool) -> None:
        then = (
            f"fleet.clients[{name!r}].forget_key(), then log in with open_client"
            if is_home
            else f"fleet.clients[{name!r}].forget_key({dc_id}), after which another key is made"
        )
        super().__init__(
            f"session {name!r}: data center {dc_id} reports that it does not know the auth key (-404). The account "
            f"goes on connecting, because anyone on the network can forge that. If the key is lost for good: {then}"
        )
        self.dc_id = dc_id
        """The data center."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetOptions:
    """How a fleet behaves. Times are seconds."""

    connects_per_second: float = 5.0
    """How many connections this process opens in a second: those of accounts that it opens, and those that it opens
    again because they were lost. After a pause up to five are opened at once, or a quarter of this number if that is
    more."""
    max_accounts: int = 100_000
    """How many accounts this process has open. Give all processes a little more than their share of all accounts: then
    the others have the place for those of one that has died."""
    lease: LeaseOptions = DEFAULT_LEASE
    """Of each account; `wait` has no effect. The accounts of a process that has died are opened within `seconds`, and
    the time that the connections take at this rate."""
    scan_interval: float = 30.0
    """How often the names in the store are read."""
    retry_first: float = 5.0
    """How long the first wait is after an account could not be opened, or has failed."""
    retry_longest: float = 600.0
    """The longest of these waits. Each is twice as long as the one before, half of it random."""

    def __post_init__(self) -> None:
        rate = self.connects_per_second
        ok = type(rate) in {int, float} and 0 < rate <= _MOST_PER_SECOND
        require(ok, "FleetOptions.connects_per_second", f"more than 0 and at most {_MOST_PER_SECOND:g}", rate)
        require_whole("FleetOptions.max_accounts", self.max_accounts, 1)
        require(isinstance(self.lease, LeaseOptions), "FleetOptions.lease", "LeaseOptions", self.lease)
        for name in ("scan_interval", "retry_first", "retry_longest"):
            value = getattr(self, name)
            ok = type(value) in {int, float} and 0 < value < math.inf
            require(ok, f"FleetOptions.{name}", "seconds, more than 0", value)


DEFAULTS: Final = FleetOptions()


@dataclass(slots=True, eq=False)
class _Account(Generic[E]):
    """A session of the store."""

    name: str
    failures: int = 0
    """Without success in between."""
    connects: int = 0
    is_listed: bool = True
    """Whether the last scan has found it."""
    opened: E | None = None
    """While it is being opened: set when it is open, or is not."""


class Fleet(Generic[C, E]):
    """The accounts of a store that are open in this process. Made by `open_fleet`."""

    def __init__(
        self,
        config: ClientConfig,
        store: AnyStore,
        options: FleetOptions,
        loop: AsyncBackend[E],
        open_client: OpenClient[C],
        spawn: Spawn,
        *,
        on_client: OnClient[C] | None,
        on_error: OnError | None,
        arguments: Mapping[str, Any],
    ) -> None:
        require(isinstance(config, ClientConfig), "open_fleet: config", "a ClientConfig", config)
        require(isinstance(options, FleetOptions), "open_fleet: options", "FleetOptions", options)
        self._config = config
        self._connect_timeout = config.connect_timeout
        self._store: Any = LimitedStore(cast("AsyncSessionStore", store), loop) if is_async(store) else store
        self._kind = kind_of(store)
        self._options = options
        self._loop = loop
        self._open_client = open_client
        self._spawn = spawn
        self._on_client = on_client
        self._on_error = on_error or _log
        self._arguments = arguments
        self._lease = replace(options.lease, wait=0.0)
        self._pacer = Pacer(loop, options.connects_per_second)
        self._accounts: dict[str, _Account[E]] = {}
        self._due: list[tuple[float, int, _Account[E]]] = []
        self._count = 0
        self._clients: dict[str, C] = {}
        self._errors: dict[str, Exception] = {}
        self._using = 0
        """How many accounts are open or being opened."""
        self._wake: Pulse[E] = Pulse(loop.make_event)
        self._stopping = False

    @property
    def clients(self) -> Mapping[str, C]:
        """The clients that are open in this process, by the names of their sessions."""
        return MappingProxyType(self._clients)

    @property
    def errors(self) -> Mapping[str, Exception]:
        """Why accounts are not open in this process; LeaseHeldError names the process that has one."""
        return MappingProxyType(self._errors)

    # -- tasks -------------------------------------------------------------------------------------------------------

    def start(self) -> Callable[[], None]:
        """Start the tasks; returns a function that stops the fleet. Afterwards the accounts still end."""
        openers = max(_FEWEST_OPENERS, math.ceil(self._options.connects_per_second * _TIME_TO_OPEN))
        tasks = [self._pacer.run, self._scan, *[self._open_accounts] * openers]
        cancels = [self._spawn(task) for task in tasks]

        def stop() -> None:
            self._stopping = True
            for cancel in cancels:
                cancel()
            for client in self._clients.values():
                client._driver.callers.news()  # noqa: SLF001  wakes `_use`

        return stop

    async def _scan(self) -> None:
        """Look for sessions in the store, until the fleet stops.

        It stops by this attribute too: a store may swallow the cancellation, as `asyncio.wait_for` does in Python 3.11
        when what it waits for ends in the same moment.
        """
        while not self._stopping:
            try:
                names = await self._names()
            except BaseException as error:  # the accounts that are open stay so
                if not (isinstance(error, Exception) or self._loop.is_stray_cancellation(error)):
                    raise
                self._report(None, as_exception(error))
            else:
                self._list(names)
            if not self._stopping:
                pause = self._options.scan_interval * random.uniform(0.8, 1.0)  # noqa: S311
                await self._loop.wait(self._loop.make_event(), self._loop.in_(pause))

    async def _names(self) -> list[str]:
        """The names in the store, each once. Raises StoreError if the store returns anything else."""
        names = self._store.names
        found: object = await (names() if is_async(self._store) else self._loop.call_in_thread(names))
        if isinstance(found, str) or not isinstance(found, Iterable):
            raise StoreError(f"{self._kind}: names returned {type(found).__name__}, not a list of texts")
        listed: list[str] = []
        for name in found:
            if not isinstance(name, str):
                raise StoreError(f"{self._kind}: names returned a list with {type(name).__name__}, not of texts")
            listed.append(name)
        return list(dict.fromkeys(listed))

    def _list(self, names: list[str]) -> None:
        found = set(names)
        for account in self._accounts.values():
            account.is_listed = account.name in found
        new = [name for name in names if name not in self._accounts]
        random.shuffle(new)  # processes that start together begin with different ones
        for name in new:
            self._accounts[name] = account = _Account(name)
            self._put(account, 0.0)

    def _put(self, account: _Account[E], seconds: float) -> None:
        """Open an account after so many seconds."""
        self._count += 1
        heapq.heappush(self._due, (self._loop.in_(seconds), self._count, account))
        self._wake()

    async def _open_accounts(self) -> None:
        """Open the accounts that are due, one after another."""
        loop = self._loop
        while True:
            has_place = self._using < self._options.max_accounts
            if not self._due or not has_place or self._due[0][0] > loop.in_(0.0):
                await loop.wait(self._wake.event, self._due[0][0] if self._due and has_place else math.inf)
                continue
            account = heapq.heappop(self._due)[2]
            if not account.is_listed:  # it was deleted
                del self._accounts[account.name]
                self._errors.pop(account.name, None)
                continue
            self._using += 1
            account.opened = opened = loop.make_event()
            self._spawn(partial(self._run_account, account))
            await loop.wait(opened, math.inf)
            if account.name in self._clients:
                await self._pacer.turn()

    async def _run_account(self, account: _Account[E]) -> None:
        """One account, from its opening to its end; then it is due again."""
        seconds = 0.0
        try:
            await self._keep(account)
        except LeaseHeldError as error:
            self._note(account.name, error)
            seconds = self._pause(error.expires_in) + random.uniform(0.05, 1.0)  # noqa: S311
        except LeaseLostError as error:
            self._report(account.name, error)
            seconds = self._options.retry_first
        except Exception as error:  # noqa: BLE001  of this account only
            self._report(account.name, error)
            whole = min(self._options.retry_longest, self._options.retry_first * 2.0 ** min(account.failures, 32))
            account.failures += 1
            seconds = whole * random.uniform(0.5, 1.0)  # noqa: S311
        finally:
            self._using -= 1
            if account.opened is not None:
                account.opened.set()
            if not self._stopping:
                self._put(account, seconds)

    def _pause(self, expires_in: float) -> float:
        """Seconds before a lease of another client is asked for again."""
        longest = self._lease.seconds / 2  # it may be given back
        return min(max(expires_in, _SHORTEST_PAUSE), longest) if math.isfinite(expires_in) else longest

    async def _keep(self, account: _Account[E]) -> None:
        """Open an account, and keep it until the fleet stops or the account ends. Raises why it has ended."""
        if self._stopping:
            return
        account.connects = 0
        token = GATE.set(partial(self._gate, account))
        ends: list[Exception] = []
        opening = self._open_client(
            self._config_of_each(),
            store=self._store,
            name=account.name,
            lease=self._lease,
            on_event=partial(self._on_event, account, ends),
            **self._arguments,
        )
        async with opening as client:
            GATE.reset(token)
            if self._stopping:
                return
            if client.user_id is None:
                raise NotLoggedInError(
                    f"no user is logged in with session {account.name!r}: log in with open_client, or restore a lost "
                    "login with sansio-tl sessions restore"
                )
            self._clients[account.name] = client
            self._errors.pop(account.name, None)
            if account.opened is not None:
                account.opened.set()
            try:
                await self._use(account, client, ends)
            finally:
                del self._clients[account.name]
        if ends:
            raise ends[0]

    async def _use(self, account: _Account[E], client: C, ends: list[Exception]) -> None:
        """Run the application's function with a client, until the fleet stops or one of both ends."""
        loop = self._loop
        driver = client._driver  # noqa: SLF001
        finished = loop.make_event()

        async def handle() -> None:
            try:
                if self._on_client is not None:
                    await self._on_client(account.name, client)
            except BaseException as error:  # of this account only
                if isinstance(error, Exception):
                    ends.append(error)
                elif loop.is_stray_cancellation(error):
                    ends.append(RuntimeError(f"on_client of session {account.name!r} raised {type(error).__name__}"))
                    ends[-1].__cause__ = error
                else:
                    raise

        def handled() -> None:
            finished.set()
            driver.callers.news()

        cancel = self._spawn(handle, handled)
        try:
            opened_at = loop.in_(0.0)
            while not (self._stopping or driver.closed or ends):
                await loop.wait(driver.callers.news.event, math.inf)
            if loop.in_(0.0) - opened_at > self._options.retry_longest:
                account.failures = 0
        finally:
            cancel()
            await loop.wait(finished, math.inf)

    async def _gate(self, account: _Account[E]) -> None:
        """Wait for a turn to connect. The opener waits for that of the first connection."""
        account.connects += 1
        if account.connects > 1:
            await self._pacer.turn()

    def _on_event(self, account: _Account[E], ends: list[Exception], event: ClientEvent) -> None:
        if isinstance(event, AuthorizationLost):
            ends.append(NotLoggedInError(f"session {account.name!r}: the server has ended the login: {event.error}"))
            if (client := self._clients.get(account.name)) is not None:
                client._driver.callers.news()  # noqa: SLF001  wakes `_use`
        elif isinstance(event, AuthKeyNotFound):
            client = self._clients.get(account.name)
            is_home = client is not None and client.dc_id == event.dc_id
            error = KeyNotFoundError(account.name, event.dc_id, is_home=is_home)
            call_plain("on_error", partial(self._on_error, account.name), error)

    def _config_of_each(self) -> ClientConfig:
        """The settings, with the time that a client may wait for its turn."""
        turns = len(self._accounts) / self._options.connects_per_second
        if self._config.connect_timeout < self._connect_timeout + turns:  # seldom, for all clients share the object
            self._config = replace(self._config, connect_timeout=self._connect_timeout + 2 * turns)
        return self._config

    def _report(self, name: str | None, error: Exception) -> None:
        if name is not None:
            self._errors[name] = error
        try:
            call_plain("on_error", partial(self._on_error, name), error)
        finally:
            if name is not None:
                self._note(name, error)

    def _note(self, name: str, error: Exception) -> None:
        """Keep an error without the frames of its traceback, and those of its cause."""
        self._errors[name] = error.with_traceback(None)
        error.__context__ = None
        if error.__cause__ is not None:
            error.__cause__ = error.__cause__.with_traceback(None)
            error.__cause__.__context__ = None
