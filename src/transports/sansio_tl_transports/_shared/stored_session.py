"""The session of one client in a store: its lease, and what is saved of it. A generator, without I/O.

    driver (asyncio, trio, a thread)             StoredSession                    ClientRunner
    calls the store          <-  StoreCall       run: acquire, load
    is ready                 <-  opened()
    waits                    <-  Idle           renew, save             <-       put: the snapshot has changed
                                 fail            the lease is lost       ->       fail: all waiting callers raise it
    ends                     ->  end             save, release           <-       put: the last snapshot

A client stops when its own clock says so, even if a call of the store hangs: `expired` is checked with each output and
by the client's timer. Why that is early enough: see `sansio_tl_transports.stores.base`.
"""

from __future__ import annotations

import inspect
import logging
import math
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias, TypeVar

from sansio_tl.errors import LocalProtocolError, RpcError
from sansio_tl.validation import require
from sansio_tl_transports.stores.base import AnyStore, Lease, LeaseOptions, StoredData, check_name, kind_of, new_owner
from sansio_tl_transports.stores.document import SessionDocument, decode_document, encode_document
from sansio_tl_transports.stores.errors import (
    LeaseHeldError,
    LeaseLostError,
    StoreConflictError,
    StoreError,
    StoreUnavailableError,
)

T = TypeVar("T")

DEFAULT_LEASE: Final = LeaseOptions()
CLOSE_PATIENCE: Final = 10.0
"""Seconds for which the last save is tried on exit."""
_FIRST_RETRY: Final = 0.5
_LONGEST_RETRY: Final = 5.0
_LOG: Final = logging.getLogger("sansio_tl_transports.stores")
_POLL: Final = 1.0
"""Seconds between attempts to get a lease that another client has."""


@dataclass(frozen=True, slots=True)
class StoreCall:
    """Call the store, and send or throw the outcome. With an asynchronous store the result is awaitable."""

    function: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Idle:
    """Wait for so many seconds, or until `StoredSession.wake` is called; infinity is for ever."""

    seconds: float


Steps: TypeAlias = Generator[StoreCall | Idle, Any, T]


def elapsed() -> float:
    """Seconds since some moment. Where the system can count them, those in which it was suspended are included."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.monotonic()


def is_async(store: AnyStore) -> bool:
    """Whether the calls of a store are awaitable."""
    return inspect.iscoroutinefunction(store.load)


def check_arguments(store: AnyStore | None, name: str | None, snapshot: object, *, library: str | None) -> None:
    """Raise LocalProtocolError for arguments of `open_client` that do not fit each other, StoreError for an invalid
    name. `library` is the one in which calls are awaited; None if they are not.
    """
    if store is None:
        if name is not None:
            raise LocalProtocolError("open_client: name is that of a session in a store: pass store=, too")
        return
    if not callable(getattr(store, "load", None)):
        due = "a session store, such as sansio_tl_transports.stores.open_store('sqlite:sessions.db')"
        require(False, "open_client: store", due, store)
    if name is None:
        raise LocalProtocolError("open_client: pass name=, the name of the session in the store")
    check_name(name)
    if snapshot is not None:
        raise LocalProtocolError(
            "open_client: pass either a snapshot or a store. To put a session into a store: sansio-tl sessions put"
        )
    if not is_async(store):
        return
    kind, needed = kind_of(store), getattr(store, "async_library", None)
    if library is None or needed not in {None, library}:
        where = f"works with {needed} only" if needed is not None else "has calls that must be awaited"
        threads = "" if library is None else ", which are made in threads"
        raise LocalProtocolError(f"open_client: {kind} {where}: pass a store with blocking calls{threads}")


class StoredSession:
    """The lease of a session, and its state in the store."""

    def __init__(
        self,
        store: AnyStore,
        name: str,
        options: LeaseOptions,
        *,
        clock: Callable[[], float] = elapsed,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` counts seconds, also while the computer is suspended; `wall_clock` dates what is lost."""
        self.wake: Callable[[], object] = lambda: None
        """Ends a `Idle`. Set by the driver."""
        self.on_failure: Callable[[StoreError], object] = lambda _: None
        """Ends the client. Set by the driver."""
        self.failure: Exception | None = None
        """Why the session could not be opened, kept or saved; None if it could."""
        self._store: Any = store
        self._name = name
        self._options = options
        self._clock = clock
        self._wall_clock = wall_clock
        self._owner = new_owner()
        self._lease: Lease | None = None
        self._sent: float
        """When the lease was asked for."""
        self._deadline = math.inf
        self._renew_at: float
        self._version = 0
        self._current = self._saved = SessionDocument()
        self._attempts: list[bytes] = []
        """What was sent since the last confirmed save: the store may have any of it."""
        self._trouble: StoreError | None = None
        """Why the last call of the store failed; None if it did not."""
        self._is_taken = False
        """Whether another client has had the lease, or has changed what is stored."""
        self._ending = False

    @property
    def snapshot(self) -> dict[str, Any] | None:
        """The state of the client."""
        return self._current.snapshot

    @property
    def seconds_left(self) -> float:
        """Seconds for which the client may go on without another renewal; infinity before the session is open."""
        return self._deadline - self._clock()

    @property
    def expired(self) -> bool:
        """Whether the client must stop."""
        return self._clock() >= self._deadline

    def put(self, snapshot: dict[str, Any]) -> None:
        """The client has this state: save it soon."""
        document = self._current.with_snapshot(snapshot)
        if encode_document(document) != encode_document(self._current):  # JSON has lists for tuples
            self._current = document
            self.wake()

    def authorization_lost(self, error: Exception) -> None:
        """The server has ended the login: keep it among the lost ones, before the next `put` replaces it."""
        text = error.text if isinstance(error, RpcError) else str(error)
        self._current = self._current.with_lost(text[:200], self._wall_clock())

    def end(self) -> None:
        """The client has ended: save, release and return."""
        self._ending = True
        self.wake()

    def require_open(self) -> None:
        """Raise why the session could not be opened."""
        if self._lease is None and self.failure is not None:
            raise self.failure

    def raise_failure(self) -> None:
        """Raise why the session could not be kept or saved, if so."""
        if self.failure is not None:
            raise self.failure

    def lease_lost(self) -> LeaseLostError:
        """The error of a client whose lease has expired by its own clock."""
        reason = str(self._trouble) if self._trouble else "this process was suspended, or too busy"
        return LeaseLostError(
            f"the lease of session {self._name!r} was not renewed for {self._options.usable:.0f} s. The client has "
            f"stopped, because another one may start now. The cause: {reason}"
        )

    # -- the generator -----------------------------------------------------------------------------------------------

    def run(self, opened: Callable[[], object]) -> Steps[None]:
        """Get the lease and load the session, then call `opened`; keep both until `end`; save and release.

        It does not raise: see `failure`.
        """
        try:
            yield from self._open()
        except Exception as error:  # noqa: BLE001  raised by the caller that opens the client
            self.failure = error
        opened()
        if self._lease is None:
            return
        try:
            yield from self._keep()
        except StoreError as error:
            self.failure = error
            self.on_failure(error)
            while not self._ending:
                yield Idle(math.inf)
        yield from self._close()

    def _open(self) -> Steps[None]:
        if (lease := (yield from self._acquire())) is None:
            return
        try:
            self._take((yield from self._load()))
        except Exception:
            yield from self._release(lease)
            raise
        self._lease = lease
        self._renewed(self._sent)

    def _acquire(self) -> Steps[Lease | None]:
        """The lease; None when the client has ended before."""
        give_up = self._clock() + self._options.wait
        while not self._ending:
            self._sent = self._clock()
            try:
                lease = yield from self._call("acquire", self._name, self._owner, self._options.seconds)
            except LeaseHeldError:
                if (rest := give_up - self._clock()) <= 0:
                    raise
                yield Idle(min(_POLL, rest))
            else:
                if not isinstance(lease, Lease):
                    raise StoreError(f"{kind_of(self._store)}: acquire returned no lease of session {self._name!r}")
                return lease
        return None

    def _load(self) -> Steps[StoredData | None]:
        stored = yield from self._call("load", self._name)
        if stored is None or (isinstance(stored, StoredData) and isinstance(stored.data, bytes)):
            return stored
        raise StoreError(
            f"{kind_of(self._store)}: load returned no StoredData with bytes for session {self._name!r}. Test this "
            "store with sansio_tl_transports.stores.contract"
        )

    def _take(self, stored: StoredData | None) -> None:
        if stored is None:
            return
        self._check_version(stored.version)
        self._current = self._saved = decode_document(self._name, stored.data)
        self._version = stored.version

    def _keep(self) -> Steps[None]:
        delay = _FIRST_RETRY
        while not self._ending:
            if self.expired:
                raise self.lease_lost()
            try:
                if self._clock() >= self._renew_at:
                    yield from self._renew()
                while self._current is not self._saved and not self.expired:
                    yield from self._save()
            except StoreUnavailableError as error:
                self._trouble = error
                yield Idle(min(delay, max(0.0, self.seconds_left)))
                delay = min(2 * delay, _LONGEST_RETRY)
            except (LeaseLostError, StoreConflictError):
                self._is_taken = True
                self._deadline = -math.inf
                raise
            else:
                self._trouble, delay = None, _FIRST_RETRY
                if not self._ending:
                    yield Idle(max(0.0, self._renew_at - self._clock()))

    def _renew(self) -> Steps[None]:
        sent = self._clock()
        yield from self._call("renew", self._lease, self._options.seconds)
        self._renewed(sent)

    def _renewed(self, sent: float) -> None:
        """The lease is valid from a moment after this one."""
        self._deadline = sent + self._options.usable
        self._renew_at = sent + self._options.renew_after

    def _save(self) -> Steps[None]:
        """Save the present state. Afterwards there may be a newer one."""
        document, data = self._current, encode_document(self._current)
        self._attempts.append(data)
        try:
            version = yield from self._call("save", self._lease, data, version=self._version)
        except StoreConflictError:
            stored = yield from self._load()
            if stored is None or stored.data not in self._attempts:
                raise
            version = stored.version  # an earlier attempt, whose answer was lost, has succeeded
            if stored.data != data:
                document = self._saved
        self._check_version(version, self._version)
        self._version, self._saved = version, document
        self._attempts = []

    def _check_version(self, version: int, earlier: int = 0) -> None:
        if not isinstance(version, int) or version <= earlier:
            raise StoreError(
                f"{kind_of(self._store)} returned version {version!r:.20} of session {self._name!r} after "
                f"version {earlier}: versions increase. Test this store with sansio_tl_transports.stores.contract"
            )

    def _close(self) -> Steps[None]:
        """Save what is not saved, and release the lease. The store refuses it once another client has the lease."""
        give_up = self._clock() + CLOSE_PATIENCE
        while self._current is not self._saved and not self._is_taken:
            try:
                yield from self._save()
            except StoreUnavailableError as error:
                if self._clock() + _FIRST_RETRY < give_up and not self.expired:
                    yield Idle(_FIRST_RETRY)
                    continue
                self._not_saved(error)
                break
            except StoreError as error:
                self._not_saved(error)
                break
        if self._lease is not None and not self._is_taken:
            yield from self._release(self._lease)

    def _not_saved(self, error: StoreError) -> None:
        if self.failure is None:
            text = f"the last state of session {self._name!r} is not saved; Client.snapshot() has it. {error}"
            self.failure = type(error)(text) if not isinstance(error, LeaseHeldError) else error
            self.failure.__cause__ = error

    def _release(self, lease: Lease) -> Steps[None]:
        """Whatever the store raises, the session is saved, and the lease expires."""
        try:
            yield self._store_call("release", lease)
        except StoreError:
            pass
        except Exception as error:  # noqa: BLE001
            text = self._bug_text("release", error)
            _LOG.warning("%s. The lease expires within %g s", text, self._options.seconds, exc_info=error)

    def _call(self, method: str, *arguments: Any, **options: Any) -> Steps[Any]:
        """Call the store. Raises StoreError: anything else is a bug in the store, and becomes the cause of one."""
        try:
            return (yield self._store_call(method, *arguments, **options))
        except StoreError:
            raise
        except Exception as error:
            raise StoreError(self._bug_text(method, error)) from error

    def _store_call(self, method: str, *arguments: Any, **options: Any) -> StoreCall:
        return StoreCall(partial(getattr(self._store, method), *arguments, **options))

    def _bug_text(self, method: str, error: Exception) -> str:
        return (
            f"{kind_of(self._store)}: {method} of session {self._name!r} raised {type(error).__name__}, which is no "
            "StoreError: its traceback shows where. Test this store with sansio_tl_transports.stores.contract"
        )


def as_exception(raised: BaseException) -> Exception:
    """What a call of a store has raised, as an error that the session handles, and that may pass."""
    if isinstance(raised, Exception):
        return raised
    error = StoreUnavailableError(
        f"a call of the store was ended by {type(raised).__name__}, which the store has raised"
    )
    error.__cause__ = raised
    return error


def advance(steps: Steps[None], result: object, error: Exception | None) -> StoreCall | Idle | None:
    """Continue the generator with the outcome of its last step; None at its end."""
    try:
        return steps.throw(error) if error is not None else steps.send(result)
    except StopIteration:
        return None
