"""The session of a client in a store, with a fake clock and a store that fails, hangs, lies or is taken over."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from sansio_tl.errors import AuthKeyDuplicated, LocalProtocolError
from sansio_tl_transports._shared.stored_session import (
    CLOSE_PATIENCE,
    Idle,
    Steps,
    StoreCall,
    StoredSession,
    advance,
    as_exception,
    check_arguments,
    elapsed,
)
from sansio_tl_transports.stores import (
    AsyncEncryptedStore,
    LeaseHeldError,
    LeaseLostError,
    LeaseOptions,
    StoreConflictError,
    StoredData,
    StoredDataError,
    StoreError,
    StoreUnavailableError,
    decode_document,
)
from tests.stores.clocks import FakeClock
from tests.stores.memory import AsyncMemoryStore, MemoryStore, raising

DOWN = StoreUnavailableError("no answer of the store: check that it runs")
ALICE = {"user_id": 7, "data_centers": {}}


class SteppedSession:
    """Runs a session step by step. A pause lasts until the clock says so, or until a wake-up."""

    def __init__(self, store: MemoryStore, **options: Any) -> None:
        self.store = store
        assert isinstance(store.clock, FakeClock)
        self.clock = store.clock
        self.failures: list[StoreError] = []
        self.opened = 0
        self.session = StoredSession(
            store, "alice", LeaseOptions(**options), clock=self.clock, wall_clock=lambda: 1234.5
        )
        self.session.on_failure = self.failures.append
        self.session.wake = self._wake
        self._steps: Steps[None] = self.session.run(self._open)
        self._until = -math.inf
        self.over = False
        self.go()

    def _open(self) -> None:
        self.opened += 1

    def _wake(self) -> None:
        self._until = -math.inf

    def go(self, seconds: float = 0.0) -> None:
        """Let so much time pass, and do what is due meanwhile."""
        end = self.clock.now + seconds
        result: object = None
        error: Exception | None = None
        while not self.over:
            if self._until > self.clock.now:
                if self._until > end:
                    break
                self.clock.now = self._until
            step = advance(self._steps, result, error)
            result = error = None
            if step is None:
                self.over = True
            elif isinstance(step, Idle):
                assert step.seconds >= 0
                self._until = self.clock.now + max(step.seconds, 1e-6)
            else:
                assert isinstance(step, StoreCall)
                try:
                    result = step.function()
                except Exception as raised:  # noqa: BLE001
                    error = raised
        self.clock.now = max(self.clock.now, end)

    def put(self, **snapshot: Any) -> None:
        self.session.put(snapshot)
        self.go()

    def stored(self) -> dict[str, Any] | None:
        data = self.store.stored.get("alice")
        return None if data is None else decode_document("alice", data.data).snapshot


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def test_session_is_loaded_saved_and_released(store: MemoryStore) -> None:
    first = SteppedSession(store)
    assert (first.opened, first.session.snapshot) == (1, None)
    first.put(user_id=1)
    assert first.stored() == {"user_id": 1}
    first.put(user_id=2)
    first.session.put({"user_id": 3})
    first.session.end()
    first.go()
    assert first.over
    assert store.calls == ["acquire", "load", "save", "save", "save", "release"]
    second = SteppedSession(store)
    assert second.session.snapshot == {"user_id": 3}
    assert second.session.failure is None


def test_nothing_is_saved_when_nothing_changes(store: MemoryStore) -> None:
    for _ in range(2):
        session = SteppedSession(store)
        session.put(user_id=1)
        session.put(user_id=1)
        session.session.end()
        session.go()
    assert store.calls.count("save") == 1


def test_lease_is_renewed_in_time_for_two_more_attempts(store: MemoryStore) -> None:
    session = SteppedSession(store, seconds=60, margin=15)
    session.go(14.9)
    assert store.calls == ["acquire", "load"]
    session.go(0.2)
    assert store.calls == ["acquire", "load", "renew"]
    session.go(3600)
    assert not session.failures
    assert 200 < store.calls.count("renew") < 250


def test_client_stops_before_the_store_lets_another_one_in(store: MemoryStore) -> None:
    session = SteppedSession(store, seconds=60, margin=10)
    begun = session.clock.now
    store.before["renew"] = raising(DOWN)
    session.go(49.9)
    assert not session.failures
    assert not session.session.expired
    session.go(0.2)
    assert session.session.expired
    [error] = session.failures
    assert isinstance(error, LeaseLostError)
    assert "was not renewed for 50 s. The client has stopped" in str(error)
    assert "no answer of the store: check that it runs" in str(error)
    assert session.clock.now < begun + 51
    with pytest.raises(LeaseHeldError):
        store.acquire("alice", "another", 60)
    session.clock.now = begun + 60
    store.acquire("alice", "another", 60)


def test_deadline_counts_from_before_the_call(store: MemoryStore) -> None:
    """The store may have extended the lease long before its answer arrives."""

    def slow() -> None:
        clock = store.clock
        assert isinstance(clock, FakeClock)
        clock.now += 10

    store.after["acquire"] = slow
    session = SteppedSession(store, seconds=60, margin=10)
    assert session.session.seconds_left == pytest.approx(40)


def test_store_that_is_down_for_a_while_is_no_failure(store: MemoryStore) -> None:
    session = SteppedSession(store, seconds=60, margin=10)
    store.before["renew"] = raising(DOWN, 3)
    store.before["save"] = raising(DOWN, 4)
    session.put(user_id=1)
    session.go(300)
    assert not session.failures
    assert session.stored() == {"user_id": 1}


def test_suspended_client_stops_when_it_wakes_up(store: MemoryStore) -> None:
    session = SteppedSession(store)
    session.clock.now += 3600
    assert session.session.expired
    error = session.session.lease_lost()
    assert "this process was suspended" in str(error)
    session.go()
    assert len(session.failures) == 1


def test_lease_taken_by_another_client_ends_this_one(store: MemoryStore) -> None:
    session = SteppedSession(store)
    session.put(user_id=1)
    store.leases["alice"] = 99, "another", math.inf
    session.go(60)
    [error] = session.failures
    assert isinstance(error, LeaseLostError)
    assert "another has it" in str(error)
    assert session.session.expired
    session.session.put({"user_id": 2})
    session.session.end()
    session.go()
    assert session.over
    assert session.stored() == {"user_id": 1}
    assert store.leases["alice"][1] == "another"


def test_last_state_of_a_client_that_stopped_is_saved_unless_another_one_began(store: MemoryStore) -> None:
    session = SteppedSession(store)
    store.before["renew"] = raising(DOWN)
    session.go(3600)
    assert session.failures
    store.before.clear()
    session.session.put({"user_id": 2})
    session.session.end()
    session.go()
    assert session.stored() == {"user_id": 2}


def test_save_whose_answer_was_lost_is_no_conflict(store: MemoryStore) -> None:
    session = SteppedSession(store)
    store.after["save"] = raising(DOWN, 1)
    session.put(user_id=1)
    session.session.put({"user_id": 2})
    session.go(10)
    assert not session.failures
    assert session.stored() == {"user_id": 2}
    assert store.stored["alice"].version == 2


def test_session_changed_by_another_program_ends_the_client(store: MemoryStore) -> None:
    session = SteppedSession(store)
    session.put(user_id=1)
    store.stored["alice"] = StoredData(b"restored from a backup", 8)
    session.put(user_id=2)
    [error] = session.failures
    assert isinstance(error, StoreConflictError)
    assert store.stored["alice"].data == b"restored from a backup"


def test_session_restored_to_an_earlier_state_ends_the_client(store: MemoryStore) -> None:
    """Only what was not confirmed counts as an attempt of this client."""
    session = SteppedSession(store)
    session.put(user_id=1)
    backup = store.stored["alice"].data
    session.put(user_id=2)
    store.stored["alice"] = StoredData(backup, 8)
    session.put(user_id=3)
    [error] = session.failures
    assert isinstance(error, StoreConflictError)
    assert store.stored["alice"].data == backup


@pytest.mark.parametrize("version", [0, 1, -3, None, "2"])
def test_store_that_lies_about_versions_ends_the_client(store: MemoryStore, version: Any) -> None:
    session = SteppedSession(store)
    session.put(user_id=1)
    save = store.save
    store.save = lambda *a, **k: (save(*a, **k), version)[1]  # type: ignore[method-assign]
    session.put(user_id=2)
    [error] = session.failures
    assert "versions increase. Test this store with sansio_tl_transports.stores.contract" in str(error)


def test_newest_state_is_saved(store: MemoryStore) -> None:
    session = SteppedSession(store)
    save = store.save

    def save_and_change(*arguments: Any, **options: Any) -> int:
        store.save = save  # type: ignore[method-assign]
        session.session.put({"user_id": 2})  # meanwhile
        return save(*arguments, **options)

    store.save = save_and_change  # type: ignore[method-assign]
    session.put(user_id=1)
    assert session.stored() == {"user_id": 2}


def test_waits_for_a_lease(store: MemoryStore) -> None:
    store.acquire("alice", "crashed", 60)
    waiting = SteppedSession(store, wait=90)
    waiting.go(59)
    assert not waiting.opened
    waiting.go(2)
    assert waiting.opened
    assert waiting.session.failure is None


@pytest.mark.parametrize("wait", [0, 10])
def test_lease_that_does_not_come_is_an_error(store: MemoryStore, wait: float) -> None:
    store.acquire("alice", "another", 60)
    session = SteppedSession(store, wait=wait)
    session.go(wait)
    assert session.over
    with pytest.raises(LeaseHeldError, match="in use by another; its lease expires in"):
        session.session.require_open()


def test_waiting_ends_with_the_client(store: MemoryStore) -> None:
    store.acquire("alice", "another", 60)
    session = SteppedSession(store, wait=1000)
    session.session.end()
    session.go()
    assert session.over
    assert store.leases["alice"][1] == "another"


def newer(schema: int) -> bytes:
    return msgspec.json.encode({"sansio_tl": "session", "schema": schema, "more": 1})


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (newer(2), "stored by a newer version of sansio_tl .*: upgrade sansio_tl"),
        (newer(1), "is damaged, or was stored by another program"),
        (b"{}", "is damaged"),
        (b"", "is damaged"),
        (b"\xff" * 100, "is damaged"),
        (b"[" * 100_000, "is damaged"),
        (b"STLS\x01" + bytes(60), "is encrypted: open the store with EncryptedStore"),
    ],
)
def test_what_cannot_be_read_is_kept(store: MemoryStore, data: bytes, text: str) -> None:
    store.stored["alice"] = StoredData(data, 3)
    session = SteppedSession(store)
    assert session.over
    with pytest.raises(StoredDataError, match=text):
        session.session.require_open()
    assert store.stored["alice"] == StoredData(data, 3)
    assert store.leases["alice"][1] is None  # another program may use it


def test_login_lost_by_an_error_is_kept(store: MemoryStore) -> None:
    session = SteppedSession(store)
    session.put(**ALICE, key="first")
    session.session.authorization_lost(AuthKeyDuplicated())
    session.put(user_id=None, data_centers={})
    document = decode_document("alice", store.stored["alice"].data)
    assert [(each.error, each.at, each.snapshot) for each in document.lost] == [
        ("AUTH_KEY_DUPLICATED", 1234.5, {**ALICE, "key": "first"})
    ]
    session.session.authorization_lost(AuthKeyDuplicated())
    session.put(user_id=None, data_centers={"2": {}})
    assert len(decode_document("alice", store.stored["alice"].data).lost) == 1  # no user was logged in
    assert decode_document("alice", store.stored["alice"].data).restored().snapshot == {**ALICE, "key": "first"}


def test_last_save_is_tried_for_a_while(store: MemoryStore) -> None:
    session = SteppedSession(store)
    store.before["save"] = raising(DOWN)
    session.session.put({"user_id": 1})
    session.session.end()
    session.go(CLOSE_PATIENCE / 2)
    store.before.clear()
    session.go(1)
    assert session.over
    assert session.session.failure is None
    assert session.stored() == {"user_id": 1}


def test_last_save_that_fails_is_an_error_with_a_way_out(store: MemoryStore) -> None:
    session = SteppedSession(store)
    store.before["save"] = raising(DOWN)
    session.session.put({"user_id": 1})
    session.session.end()
    session.go(CLOSE_PATIENCE + 1)
    assert session.over
    with pytest.raises(StoreUnavailableError, match=r"Client\.snapshot\(\) has it\. no answer of the store"):
        session.session.raise_failure()


def test_store_that_does_not_release_is_no_failure(store: MemoryStore) -> None:
    session = SteppedSession(store)
    store.before["release"] = raising(DOWN)
    session.session.end()
    session.go()
    assert session.over
    assert session.session.failure is None


def test_release_that_raises_anything_is_logged_and_no_failure(
    store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    session = SteppedSession(store, seconds=30)
    store.before["release"] = raising(ZeroDivisionError())
    session.put(user_id=1)
    session.session.end()
    session.go()
    assert session.over
    assert session.session.failure is None
    assert session.stored() == {"user_id": 1}
    [record] = caplog.records
    assert (record.name, record.levelname) == ("sansio_tl_transports.stores", "WARNING")
    assert record.message == (
        "MemoryStore: release of session 'alice' raised ZeroDivisionError, which is no StoreError: its traceback "
        "shows where. Test this store with sansio_tl_transports.stores.contract. The lease expires within 30 s"
    )
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ZeroDivisionError)


def test_release_after_a_failed_load_may_raise_anything(store: MemoryStore) -> None:
    refusal = StoreError("damaged")
    store.before["load"] = raising(refusal)
    store.before["release"] = raising(ZeroDivisionError())
    session = SteppedSession(store)
    assert session.over
    assert session.session.failure is refusal


@pytest.mark.parametrize("method", ["acquire", "load"])
def test_bug_of_a_store_is_a_store_error_of_the_opening(store: MemoryStore, method: str) -> None:
    store.before[method] = raising(ZeroDivisionError("the data"))
    session = SteppedSession(store)
    assert session.over
    with pytest.raises(StoreError, match=f"^MemoryStore: {method} of session 'alice' raised Zero") as caught:
        session.session.require_open()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert "the data" not in str(caught.value)


@pytest.mark.parametrize("method", ["renew", "save"])
def test_bug_of_a_store_ends_the_client_at_once(store: MemoryStore, method: str) -> None:
    session = SteppedSession(store)
    store.before[method] = raising(ZeroDivisionError(), 1)
    session.put(user_id=1)
    session.go(60)
    [error] = session.failures
    assert str(error).startswith(f"MemoryStore: {method} of session 'alice' raised ZeroDivisionError")
    session.session.end()
    session.go()
    assert session.over
    assert session.stored() == {"user_id": 1}
    assert store.leases["alice"][1] is None


def test_store_without_a_method_is_a_store_error() -> None:
    store: Any = MemoryStore()
    store.acquire = None
    session = SteppedSession(store)
    with pytest.raises(StoreError, match="acquire of session 'alice' raised TypeError"):
        session.session.require_open()


def test_what_ends_a_call_of_a_store_is_an_error_that_may_pass() -> None:
    left = SystemExit(3)
    error = as_exception(left)
    assert isinstance(error, StoreUnavailableError)
    assert str(error) == "a call of the store was ended by SystemExit, which the store has raised"
    assert error.__cause__ is left
    assert as_exception(DOWN) is DOWN


def test_session_too_large_ends_the_client(store: MemoryStore) -> None:
    session = SteppedSession(store)
    store.before["save"] = raising(StoreError("cannot save session 'alice': it has 9 bytes, more than 8"))
    session.put(user_id=1)
    assert "more than 8" in str(session.failures[0])


@pytest.mark.parametrize(
    ("store", "name", "snapshot", "text"),
    [
        (None, "alice", None, "pass store="),
        (MemoryStore(), None, None, "pass name="),
        (MemoryStore(), "alice", {}, "either a snapshot or a store"),
        (
            AsyncMemoryStore(MemoryStore()),
            "alice",
            None,
            "AsyncMemoryStore has calls that must be awaited: pass a store with blocking calls",
        ),
        (MemoryStore(), "", None, "invalid name of a session"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(store: Any, name: str | None, snapshot: Any, text: str) -> None:
    with pytest.raises((LocalProtocolError, StoreError), match=text):
        check_arguments(store, name, snapshot, library=None)


@pytest.mark.parametrize(("needed", "library"), [("asyncio", "trio"), ("trio", "asyncio"), ("asyncio", None)])
def test_store_for_another_library_is_refused(needed: str, library: str | None) -> None:
    store: Any = AsyncMemoryStore(MemoryStore())
    store.async_library = needed
    for each in (store, AsyncEncryptedStore(store, [bytes(32)])):
        with pytest.raises(
            LocalProtocolError, match=rf"Store works with {needed} only: pass a store with blocking calls"
        ):
            check_arguments(each, "alice", None, library=library)
        check_arguments(each, "alice", None, library=needed)


@pytest.mark.parametrize(
    "make",
    [
        lambda: LeaseOptions(seconds=10, margin=10),
        lambda: LeaseOptions(margin=0),
        lambda: LeaseOptions(seconds=math.nan),
        lambda: LeaseOptions(seconds=math.inf),
        lambda: LeaseOptions(wait=-1),
    ],
)
def test_invalid_lease_options_are_refused(make: Callable[[], LeaseOptions]) -> None:
    with pytest.raises(LocalProtocolError, match=r"LeaseOptions\."):
        make()


@pytest.mark.parametrize(
    ("platform", "clock"), [("linux", "CLOCK_BOOTTIME"), ("darwin", "CLOCK_MONOTONIC"), ("win32", "monotonic")]
)
def test_clock_counts_the_time_of_a_suspension_where_the_system_can(
    monkeypatch: pytest.MonkeyPatch, platform: str, clock: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(time, "CLOCK_BOOTTIME", "CLOCK_BOOTTIME", raising=False)
    monkeypatch.setattr(time, "CLOCK_MONOTONIC", "CLOCK_MONOTONIC", raising=False)
    monkeypatch.setattr(time, "clock_gettime", lambda clock: clock, raising=False)
    monkeypatch.setattr(time, "monotonic", lambda: "monotonic")
    found: object = elapsed()
    assert found == clock


def test_arguments_that_fit_are_accepted() -> None:
    check_arguments(None, None, {"user_id": 7}, library=None)
    check_arguments(None, None, None, library="trio")
    check_arguments(MemoryStore(), "alice", None, library=None)
    store: Any = AsyncMemoryStore(MemoryStore())
    check_arguments(store, "alice", None, library="asyncio")
    store.async_library = "asyncio"
    with pytest.raises(LocalProtocolError, match=r"pass a store with blocking calls, which are made in threads$"):
        check_arguments(store, "alice", None, library="trio")
    with pytest.raises(LocalProtocolError, match=r"pass a store with blocking calls$"):
        check_arguments(store, "alice", None, library=None)


def test_session_that_nothing_drives_can_be_asked_and_changed(store: MemoryStore) -> None:
    session = StoredSession(store, "alice", LeaseOptions(), clock=store.clock)
    assert (session.seconds_left, session.expired, session.snapshot) == (math.inf, False, None)
    session.put({"user_id": 1})
    session.end()
    assert session.snapshot == {"user_id": 1}
    session.require_open()
    session.raise_failure()
    assert str(session.lease_lost()).endswith("The cause: this process was suspended, or too busy")


def test_failure_without_a_driver_is_kept(store: MemoryStore) -> None:
    session = StoredSession(store, "alice", LeaseOptions(), clock=store.clock)
    steps = session.run(lambda: None)
    store.before["save"] = raising(StoreError("disk full"))
    step = advance(steps, None, None)
    while isinstance(step, StoreCall):
        step = advance(steps, step.function(), None)
    session.put({"user_id": 1})
    step = advance(steps, None, None)
    assert isinstance(step, StoreCall)
    with pytest.raises(StoreError, match="disk full") as caught:
        step.function()
    assert advance(steps, None, caught.value) == Idle(math.inf)
    with pytest.raises(StoreError, match="disk full"):
        session.raise_failure()
    session.require_open()


def test_lease_expires_at_its_end(store: MemoryStore) -> None:
    session = SteppedSession(store, seconds=60, margin=10)
    begun = session.clock.now
    assert session.session.seconds_left == 50.0
    session.clock.now = begun + 49.5
    assert not session.session.expired
    session.clock.now = begun + 50
    assert (session.session.expired, session.session.seconds_left) == (True, 0.0)


def test_error_of_a_lost_login_is_shortened(store: MemoryStore) -> None:
    session = SteppedSession(store)
    session.put(**ALICE)
    session.session.authorization_lost(ValueError("x" * 300))
    session.put(user_id=None, data_centers={})
    assert [each.error for each in decode_document("alice", store.stored["alice"].data).lost] == ["x" * 200]


def test_lease_that_comes_in_the_last_second_is_taken(store: MemoryStore) -> None:
    store.acquire("alice", "crashed", 9.5)
    session = SteppedSession(store, wait=10)
    session.go(10)
    assert (session.opened, session.session.failure) == (1, None)
    assert store.calls.count("acquire") == 12, "that of the other, one a second, and one at the end"


@pytest.mark.parametrize("loaded", [b"{}", StoredData("{}", 1), ("{}", 1), False], ids=repr)  # type: ignore[arg-type]
def test_load_that_returns_something_else_is_an_error(store: MemoryStore, loaded: Any) -> None:
    store.stored["alice"] = loaded
    session = SteppedSession(store)
    with pytest.raises(StoreError, match="^MemoryStore: load returned no StoredData with bytes for session 'alice'"):
        session.session.require_open()
    assert store.leases["alice"][1] is None


@pytest.mark.parametrize("version", [0, -1, "1", None])
def test_loaded_version_that_no_store_has_is_an_error(store: MemoryStore, version: Any) -> None:
    session = SteppedSession(store)
    session.put(user_id=1)
    session.session.end()
    session.go()
    store.stored["alice"] = StoredData(store.stored["alice"].data, version)
    again = SteppedSession(store)
    with pytest.raises(
        StoreError, match=f"MemoryStore returned version {version!r} of session 'alice' after version 0"
    ):
        again.session.require_open()


def calls_at(session: SteppedSession, method: str) -> list[float]:
    """Notes when a method of the store is called from now on, in seconds; it is down."""
    begun, at = session.clock.now, []
    down = raising(DOWN)

    def note() -> None:
        at.append(session.clock.now - begun)
        down()

    session.store.before[method] = note
    return at


def test_save_is_tried_again_after_longer_and_longer_pauses(store: MemoryStore) -> None:
    session = SteppedSession(store, seconds=600)
    at = calls_at(session, "save")
    session.put(user_id=1)
    session.go(18)
    assert [round(seconds, 3) for seconds in at] == [0, 0.5, 1.5, 3.5, 7.5, 12.5, 17.5]
    store.before.clear()
    session.go(5)
    assert session.stored() == {"user_id": 1}
    at = calls_at(session, "save")
    session.put(user_id=2)
    session.go(1)
    assert [round(seconds, 3) for seconds in at] == [0, 0.5], "it begins anew"


def test_last_save_is_tried_twice_a_second(store: MemoryStore) -> None:
    session = SteppedSession(store)
    at = calls_at(session, "save")
    session.session.put({"user_id": 1})
    session.session.end()
    session.go(CLOSE_PATIENCE + 5)
    assert [round(seconds, 3) for seconds in at] == [0.5 * number for number in range(20)]
    assert session.session.failure is not None
    assert session.session.failure.__cause__ is DOWN
    assert store.calls[-1] == "release"


def test_last_save_that_the_store_refuses_is_an_error_at_once(store: MemoryStore) -> None:
    session = SteppedSession(store)
    refusal = StoreError("disk full")
    store.before["save"] = raising(refusal)
    session.session.put({"user_id": 1})
    session.session.end()
    session.go()
    assert session.over
    assert store.calls.count("save") == 1
    with pytest.raises(StoreError, match=r"the last state of session 'alice' is not saved; .* disk full") as caught:
        session.session.raise_failure()
    assert caught.value.__cause__ is refusal


def test_session_that_another_client_has_is_neither_saved_nor_released(store: MemoryStore) -> None:
    session = SteppedSession(store)
    session.put(user_id=1)
    token = store.leases["alice"][0]
    store.leases["alice"] = token + 1, "another", math.inf
    session.session.put({"user_id": 2})
    session.go()
    assert (session.session.expired, session.session.seconds_left) == (True, -math.inf)
    assert session.failures == [session.session.failure]
    calls = len(store.calls)
    session.session.end()
    session.go()
    assert session.over
    assert len(store.calls) == calls
    assert session.stored() == {"user_id": 1}
    with pytest.raises(LeaseLostError):
        session.session.raise_failure()
