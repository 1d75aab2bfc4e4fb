"""Each rule of the contract: a store that breaks it, and nothing else, fails with the text of the rule."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from sansio_tl_transports.stores import LeaseHeldError, StoreConflictError, StoredData, StoreError
from sansio_tl_transports.stores.base import Lease
from sansio_tl_transports.stores.contract import NAMES, BlockingCalls
from sansio_tl_transports.stores.contract import StoreContract as Contract
from sansio_tl_transports.stores.errors import LeaseLostError
from tests.stores.clocks import FakeClock
from tests.stores.correct import CorrectStore, Record

Fault = dict[str, Callable[..., Any]]
Good = CorrectStore
ARGUMENTS: dict[str, dict[str, Any]] = {
    "test_bytes_are_kept_as_they_are": {"data": b"\0"},
    "test_names_that_some_store_cannot_keep_are_refused": {"name": "a\nb"},
    "test_data_that_is_not_bytes_is_refused": {"data": "text"},
    "test_other_versions_than_numbers_are_refused": {"version": -1},
    "test_times_that_a_lease_cannot_have_are_refused": {"seconds": 0},
    "test_owners_that_some_store_cannot_keep_are_refused": {"owner": ""},
}
IN_PROCESSES = {
    "test_two_processes_save_at_once",
    "test_two_processes_acquire_at_once",
    "test_crash_between_operations",
    "test_process_killed_while_it_saves",
}
TESTS = sorted(name for name in vars(Contract) if name.startswith("test_") and name not in IN_PROCESSES)


def check(test: str, fault: Fault) -> None:
    """Run a test of the contract with two stores that have this fault and share what is stored."""
    clock = FakeClock()
    kind: Any = type("Faulty", (CorrectStore,), fault)
    records: dict[str, Record] = {}
    stores = {"store": kind(records, clock), "other": kind(records, clock)}

    class Turned(Contract):
        max_data = 1000

        def pass_time(self, seconds: float) -> None:
            clock.now += seconds

    method = getattr(Turned(), test)
    wanted = method.__code__.co_varnames[: method.__code__.co_argcount]
    method(**{name: store for name, store in stores.items() if name in wanted}, **ARGUMENTS.get(test, {}))


@pytest.mark.parametrize("test", TESTS)
def test_store_without_a_fault_keeps_the_rules(test: str) -> None:
    if test == "test_data_of_the_largest_size_is_kept_and_more_is_refused":
        check(test, {"save": only_up_to(1000)})
    else:
        check(test, {})


# -- faults ---------------------------------------------------------------------------------------------------------


def only_up_to(size: int) -> Callable[..., int]:
    def save(store: Good, lease: Lease, data: bytes, *, version: int) -> int:
        if len(data) > size:
            raise StoreError("too large")
        return Good.save(store, lease, data, version=version)

    return save


def accepts_versions(is_accepted: Callable[[int, int], bool]) -> Fault:
    """Replaces also those for which `is_accepted(expected, found)`."""

    def replaced(store: Good, lease: Lease, version: int) -> Record:
        record = store.fenced(lease)
        found = 0 if record.data is None else record.version
        if type(version) is int and is_accepted(version, found):
            return record
        return Good.replaced(store, lease, version)

    return {"replaced": replaced}


def writes_before_it_refuses(when: Callable[[Good, Lease], bool] = lambda store, lease: True) -> Fault:
    def save(store: Good, lease: Lease, data: bytes, *, version: int) -> int:
        try:
            return Good.save(store, lease, data, version=version)
        except StoreError:
            if when(store, lease):
                store.record(lease.name).data = b"overwritten"
            raise

    return {"save": save}


def then(method: str, effect: Callable[..., object]) -> Fault:
    """After a successful call of the method: `effect(store, *arguments)`."""
    good = getattr(Good, method)

    def call(store: Good, *args: Any, **kwargs: Any) -> Any:
        result = good(store, *args, **kwargs)
        effect(store, *args)
        return result

    return {method: call}


def after_refusal(method: str, effect: Callable[..., object]) -> Fault:
    """After a call that was refused: `effect(store, *arguments)`."""
    good = getattr(Good, method)

    def call(store: Good, *args: Any, **kwargs: Any) -> Any:
        try:
            return good(store, *args, **kwargs)
        except StoreError:
            effect(store, *args)
            raise

    return {method: call}


def fences(is_current: Callable[[Good, Lease], bool], *methods: str) -> Fault:
    """Accepts also leases for which `is_current` is true, in these methods."""

    def passes(store: Good, lease: Lease) -> bool:
        return Good.is_current(store, lease) or is_current(store, lease)

    def changed(method: str) -> Callable[..., Any]:
        def call(store: Good, lease: Lease, *args: Any, **kwargs: Any) -> Any:
            if passes(store, lease) and not Good.is_current(store, lease):
                return 1
            return getattr(Good, method)(store, lease, *args, **kwargs)

        return call

    return {method: changed(method) for method in methods}


def results(*values: int) -> Callable[..., int]:
    left = list(values)
    return lambda store, lease, data, version: left.pop(0)


def held(owner: str, expires_in: float) -> Fault:
    def acquire(store: Good, name: str, owner_: str, seconds: float) -> Lease:
        try:
            return Good.acquire(store, name, owner_, seconds)
        except LeaseHeldError:
            raise LeaseHeldError(name, owner, expires_in) from None

    return {"acquire": acquire}


def same_token(store: Good, name: str, *_: Any) -> None:
    store.records[name].token = 1


def acquire_with_token(token: int) -> Fault:
    def acquire(store: Good, name: str, owner: str, seconds: float) -> Lease:
        Good.acquire(store, name, owner, seconds)
        store.records[name].token = token
        return Lease(name, token, owner)

    return {"acquire": acquire}


def always(value: Any) -> Callable[..., Any]:
    return lambda *_, **__: value


def valid_for(factor: float) -> Callable[..., Any]:
    def effect(store: Good, name: str, owner: str, seconds: float) -> None:
        store.records[name].expires = store.clock() + seconds * factor

    return effect


def release_of_any(store: Good, lease: Lease) -> None:
    store.record(lease.name).owner = None


def release_by_token(store: Good, lease: Lease) -> None:
    if store.record(lease.name).token == lease.token:
        store.record(lease.name).owner = None


def held_for_all(store: Good, lease: Lease, *_: Any) -> None:
    store.record(lease.name).owner = "a client that has gone"
    store.record(lease.name).expires = store.clock() + 1e9


def refuses_expired(store: Good, lease: Lease) -> Record:
    if store.record(lease.name).expires <= store.clock():
        raise LeaseLostError("expired")
    return Good.fenced(store, lease)


def save_refuses_expired(store: Good, lease: Lease, data: bytes, *, version: int) -> int:
    refuses_expired(store, lease)
    return Good.save(store, lease, data, version=version)


def renew_refuses_expired(store: Good, lease: Lease, seconds: float) -> None:
    refuses_expired(store, lease)
    Good.renew(store, lease, seconds)


def is_old(store: Good, lease: Lease) -> bool:
    return lease.token < store.record(lease.name).token


def without_check(method: str, value: Any) -> Fault:
    """Accepts what no store can keep."""
    good = getattr(Good, method)

    def call(store: Good, *args: Any, **kwargs: Any) -> Any:
        try:
            return good(store, *args, **kwargs)
        except (LeaseHeldError, LeaseLostError, StoreConflictError):
            raise
        except StoreError:
            return value

    return {method: call}


def names_with_leases(store: Good) -> list[str]:
    return sorted(store.records)


def unsorted(store: Good) -> list[str]:
    return Good.names(store)[::-1]


def loses_data(store: Good, name: str) -> StoredData | None:
    return StoredData(b"", 1) if name in store.records else None


def one_slot(store: Good, name: str) -> StoredData | None:
    last = list(store.records.values())[-1:]
    return StoredData(last[0].data or b"", 1) if last else None


def load_forgets(store: Good, name: str) -> StoredData | None:
    return None if name == NAMES[3] else Good.load(store, name)


def forgets_nothing(store: Good, name: str) -> StoredData | None:
    return Good.load(store, name) or (StoredData(b"", 1) if store.record(name).version else None)


def names_forget_nothing(store: Good) -> list[str]:
    return sorted(name for name, record in store.records.items() if record.version)


def save_after_delete_continues(store: Good, lease: Lease, data: bytes, *, version: int) -> int:
    record = store.fenced(lease)
    if record.data is None and version != record.version:
        raise StoreConflictError("another version was stored")
    return Good.save(store, lease, data, version=version)


def clears_tokens(store: Good, lease: Lease, *_: Any) -> None:
    store.records[lease.name].token = 0


def loses_every_third(store: Good, lease: Lease, data: bytes, *, version: int) -> int:
    if version % 3 == 2:
        store.fenced(lease).version += 1
        return version + 1
    return Good.save(store, lease, data, version=version)


def takes_bob(store: Good, *_: Any) -> None:
    store.record("bob").owner = "a client that was refused"
    store.record("bob").expires = store.clock() + 60


def corrupts_alice(store: Good, *_: Any) -> None:
    store.record("alice").data = b"overwritten"


def one_lease_for_all(store: Good, name: str, owner: str, seconds: float) -> Lease:
    for other, record in store.records.items():
        if record.owner not in {None, owner}:
            raise LeaseHeldError(other, str(record.owner), 1.0)
    return Good.acquire(store, name, owner, seconds)


def releases_once(store: Good, lease: Lease) -> None:
    if not store.is_current(lease):
        raise LeaseLostError("it was released")
    Good.release(store, lease)


def owner_of_characters(store: Good, name: str, owner: str, seconds: float) -> Lease:
    if len(owner.encode()) > 255:
        raise StoreError("too long")
    return Good.acquire(store, name, owner, seconds)


def invalid_is_held(store: Good, name: str, owner: str, seconds: float) -> Lease:
    if not owner:
        raise LeaseHeldError(name, "me", 1.0)
    return Good.acquire(store, name, owner, seconds)


def refused_delete_deletes(store: Good, lease: Lease) -> None:
    store.record(lease.name).data = None


STALE = "a stale writer changes nothing"
SAVE_FENCED = "save with an old lease is refused, before the version is compared"
FENCED = {
    "save": SAVE_FENCED,
    "renew": "renew with an old lease is refused",
    "delete": "delete with an old lease is refused",
}
REFUSED_SAVE = "a refused save changes nothing"
OLD_VERSION = "save must replace no other version than the expected one"
GREATER = "each acquire gives a greater token"
INCREASE = "each save increases the version, also after delete"
NOTHING = "nothing is stored after delete"
FULL = "test_data_of_the_largest_size_is_kept_and_more_is_refused"

RULES: list[tuple[str, Fault, type[Exception], str]] = [
    ("test_nothing_is_stored_at_first", {"load": always(StoredData(b"", 1))}, AssertionError, "load returns None"),
    ("test_nothing_is_stored_at_first", {"load": loses_data}, AssertionError, "a lease alone stores nothing"),
    ("test_nothing_is_stored_at_first", {"names": names_with_leases}, AssertionError, "names are those under which"),
    ("test_bytes_are_kept_as_they_are", {"load": always(StoredData(b"", 1))}, AssertionError, "load returns what save"),
    ("test_bytes_are_kept_as_they_are", {"load": always(StoredData(b"\0", 2))}, AssertionError, "and its version"),
    *(
        ("test_versions_increase", {"save": results(*given), "delete": always(None)}, AssertionError, INCREASE)
        for given in ((0, 1, 2), (1, 1, 2), (1, 2, 2), (1, 2, 1), (2, 1, 3), (-1, 1, 2))
    ),
    (
        "test_save_replaces_the_expected_version_only",
        accepts_versions(lambda expected, found: found == 0),
        AssertionError,
        "nothing is stored: only version 0 can be replaced",
    ),
    *(
        ("test_save_replaces_the_expected_version_only", accepts_versions(accepted), AssertionError, OLD_VERSION)
        for accepted in (
            lambda expected, found: expected == 0,
            lambda expected, found: expected == found - 1,
            lambda expected, found: found != 0 and expected == found + 1,
        )
    ),
    ("test_save_replaces_the_expected_version_only", writes_before_it_refuses(), AssertionError, REFUSED_SAVE),
    (
        "test_delete_deletes_the_expected_version_only",
        {"delete": lambda store, lease, version: refused_delete_deletes(store, lease)},
        AssertionError,
        "delete must delete no other version than the expected one",
    ),
    (
        "test_delete_deletes_the_expected_version_only",
        after_refusal("delete", refused_delete_deletes),
        AssertionError,
        "a refused delete changes nothing",
    ),
    ("test_delete_deletes_the_expected_version_only", {"load": forgets_nothing}, AssertionError, NOTHING),
    ("test_delete_deletes_the_expected_version_only", {"names": names_forget_nothing}, AssertionError, NOTHING),
    (
        "test_delete_deletes_the_expected_version_only",
        then("delete", release_of_any),
        AssertionError,
        "delete keeps the lease",
    ),
    (
        "test_delete_deletes_the_expected_version_only",
        {"save": save_after_delete_continues},
        StoreConflictError,
        "another version was stored",
    ),
    ("test_names_are_kept_apart", {"load": one_slot}, AssertionError, "'alice' has data of its own"),
    ("test_names_are_kept_apart", {"load": load_forgets}, AssertionError, "has data of its own"),
    ("test_names_are_kept_apart", {"names": unsorted}, AssertionError, "names returns each name as it was given"),
    (
        "test_names_that_some_store_cannot_keep_are_refused",
        without_check("acquire", Lease("x", 1, "me")),
        AssertionError,
        "an invalid name is refused",
    ),
    (
        "test_names_that_some_store_cannot_keep_are_refused",
        without_check("load", None),
        AssertionError,
        "an invalid name is refused",
    ),
    *(
        (
            "test_names_that_some_store_cannot_keep_are_refused",
            {method: always(result)},
            AssertionError,
            "a lease with an invalid name is refused",
        )
        for method, result in {"renew": None, "save": 1, "delete": None}.items()
    ),
    (
        "test_names_that_some_store_cannot_keep_are_refused",
        {"names": always(["a\nb"])},
        AssertionError,
        "a refused name is not stored",
    ),
    (FULL, {}, AssertionError, "larger data is refused"),
    (FULL, {"save": only_up_to(999)}, StoreError, "too large"),
    (
        FULL,
        {"save": only_up_to(1000), "load": lambda store, name: StoredData(store.record(name).data[:999], 1)},
        AssertionError,
        REFUSED_SAVE,
    ),
    ("test_data_that_is_not_bytes_is_refused", without_check("save", 2), AssertionError, "data that is not bytes"),
    ("test_data_that_is_not_bytes_is_refused", writes_before_it_refuses(), AssertionError, REFUSED_SAVE),
    (
        "test_other_versions_than_numbers_are_refused",
        without_check("save", 2),
        AssertionError,
        "an invalid version is refused",
    ),
    (
        "test_other_versions_than_numbers_are_refused",
        without_check("delete", None),
        AssertionError,
        "an invalid version is refused",
    ),
    ("test_other_versions_than_numbers_are_refused", writes_before_it_refuses(), AssertionError, REFUSED_SAVE),
    (
        "test_other_versions_than_numbers_are_refused",
        after_refusal("delete", refused_delete_deletes),
        AssertionError,
        REFUSED_SAVE,
    ),
    (
        "test_one_owner_has_the_lease",
        {"acquire": lambda store, name, owner, seconds: Lease(name, 1, owner)},
        AssertionError,
        "a lease has one owner",
    ),
    *(
        ("test_one_owner_has_the_lease", held(*wrong), AssertionError, "the error names the owner, and says how long")
        for wrong in (("you", 30.0), ("me", 0.0), ("me", 600.5))
    ),
    ("test_one_owner_has_the_lease", {"acquire": one_lease_for_all}, LeaseHeldError, ""),
    ("test_same_owner_gets_a_new_token", acquire_with_token(1), AssertionError, GREATER),
    *(
        ("test_same_owner_gets_a_new_token", fences(is_old, method), AssertionError, rule)
        for method, rule in FENCED.items()
    ),
    ("test_released_lease_is_free", {"release": always(None)}, LeaseHeldError, ""),
    ("test_released_lease_is_free", acquire_with_token(1), AssertionError, GREATER),
    *(("test_released_lease_is_free", fences(is_old, method), AssertionError, rule) for method, rule in FENCED.items()),
    (
        "test_released_lease_is_free",
        {"release": release_of_any},
        AssertionError,
        "releasing an old lease does not release the later one",
    ),
    (
        "test_lease_expires_but_not_before_its_time",
        then("acquire", valid_for(0.6)),
        AssertionError,
        "a lease is valid until its time is over",
    ),
    ("test_lease_expires_but_not_before_its_time", then("acquire", valid_for(2)), LeaseHeldError, ""),
    ("test_renewed_lease_is_valid_longer", {"renew": always(None)}, AssertionError, "a renewed lease is valid"),
    ("test_renewed_lease_is_valid_longer", then("renew", held_for_all), LeaseLostError, ""),
    (
        "test_renewed_lease_is_valid_longer",
        then("renew", lambda store, lease, seconds: setattr(store.record(lease.name), "expires", 2e9)),
        LeaseHeldError,
        "",
    ),
    (
        "test_renewed_lease_is_valid_longer",
        fences(is_old, "renew"),
        AssertionError,
        "a lease cannot be renewed after another client has got it",
    ),
    ("test_expired_lease_that_no_one_has_taken_still_saves", {"fenced": refuses_expired}, LeaseLostError, "expired"),
    (
        "test_expired_lease_that_no_one_has_taken_still_saves",
        {"save": save_refuses_expired},
        LeaseLostError,
        "expired",
    ),
    (
        "test_expired_lease_that_no_one_has_taken_still_saves",
        {"renew": renew_refuses_expired},
        LeaseLostError,
        "expired",
    ),
    (
        "test_expired_lease_that_no_one_has_taken_still_saves",
        {"renew": always(None)},
        AssertionError,
        "a renewed lease is valid",
    ),
    *(
        ("test_stale_writer_changes_nothing", fences(accepted, method), AssertionError, rule)
        for method, rule in FENCED.items()
        for accepted in (
            is_old,
            lambda store, lease: is_old(store, lease) and store.record(lease.name).version > 1,
            lambda store, lease: is_old(store, lease) and store.record(lease.name).owner is None,
        )
    ),
    ("test_stale_writer_changes_nothing", writes_before_it_refuses(), AssertionError, STALE),
    (
        "test_stale_writer_changes_nothing",
        writes_before_it_refuses(lambda store, lease: store.record(lease.name).version > 1),
        AssertionError,
        STALE,
    ),
    *(
        (
            "test_lease_is_compared_with_its_owner",
            fences(lambda store, lease: store.record(lease.name).token == lease.token, method),
            AssertionError,
            rule,
        )
        for method, rule in FENCED.items()
    ),
    (
        "test_lease_is_compared_with_its_owner",
        {"release": release_by_token},
        AssertionError,
        "releasing a lease of another owner does not release this one",
    ),
    ("test_lease_is_compared_with_its_owner", writes_before_it_refuses(), AssertionError, REFUSED_SAVE),
    *(
        (
            "test_released_lease_cannot_be_renewed",
            fences(lambda store, lease: store.record(lease.name).owner is None, method),
            AssertionError,
            rule,
        )
        for method, rule in FENCED.items()
    ),
    ("test_released_lease_cannot_be_renewed", {"release": releases_once}, LeaseLostError, "it was released"),
    ("test_released_lease_cannot_be_renewed", {"release": held_for_all}, LeaseHeldError, ""),
    *(
        (
            "test_lease_that_no_store_has_given_is_lost",
            fences(lambda store, lease, token=token: lease.token == token, method),  # type: ignore[misc]
            AssertionError,
            rule,
        )
        for method, rule in FENCED.items()
        for token in (0, 1)
    ),
    ("test_lease_that_no_store_has_given_is_lost", writes_before_it_refuses(), AssertionError, REFUSED_SAVE),
    (
        "test_times_that_a_lease_cannot_have_are_refused",
        without_check("acquire", Lease("bob", 1, "me")),
        AssertionError,
        "an invalid time is refused",
    ),
    (
        "test_times_that_a_lease_cannot_have_are_refused",
        without_check("renew", None),
        AssertionError,
        "an invalid time is refused",
    ),
    (
        "test_times_that_a_lease_cannot_have_are_refused",
        after_refusal("renew", corrupts_alice),
        AssertionError,
        "a refused time changes nothing",
    ),
    ("test_times_that_a_lease_cannot_have_are_refused", after_refusal("acquire", takes_bob), LeaseHeldError, ""),
    (
        "test_owners_that_some_store_cannot_keep_are_refused",
        without_check("acquire", Lease("bob", 1, "")),
        AssertionError,
        "an invalid owner is refused",
    ),
    (
        "test_owners_that_some_store_cannot_keep_are_refused",
        {"acquire": invalid_is_held},
        AssertionError,
        "an invalid owner is refused",
    ),
    (
        "test_owners_that_some_store_cannot_keep_are_refused",
        {"renew": always(None)},
        AssertionError,
        "an invalid owner is refused",
    ),
    ("test_owners_that_some_store_cannot_keep_are_refused", after_refusal("acquire", takes_bob), LeaseHeldError, ""),
    ("test_owners_that_some_store_cannot_keep_are_refused", {"acquire": owner_of_characters}, StoreError, "too long"),
    (
        "test_tokens_increase_after_delete",
        {**then("delete", clears_tokens), "release": release_of_any},
        AssertionError,
        "tokens increase, also after delete",
    ),
    *(
        ("test_tokens_increase_after_delete", fences(is_old, method), AssertionError, rule)
        for method, rule in FENCED.items()
    ),
    ("test_tokens_increase_after_delete", {"release": always(None)}, LeaseHeldError, ""),
    ("test_threads_share_a_store", {"save": loses_every_third}, AssertionError, "no save is lost between threads"),
]


@pytest.mark.parametrize(("test", "fault", "error", "rule"), RULES)
def test_store_that_breaks_a_rule_fails_with_it(test: str, fault: Fault, error: type[Exception], rule: str) -> None:
    with pytest.raises(error) as caught:
        check(test, fault)
    assert type(caught.value) is error
    assert rule in str(caught.value)


# -- what the contract is made of -----------------------------------------------------------------------------------


class Awaitable:
    """A store with awaitable calls, all of them made in one thread; `names` is an ordinary function."""

    def __init__(self, inside: CorrectStore, threads: set[str]) -> None:
        self.inside = inside
        self.threads = threads

    def __getattr__(self, name: str) -> Any:
        if name == "__await__":
            raise AttributeError(name)

        async def call(*args: Any, **kwargs: Any) -> Any:
            self.threads.add(threading.current_thread().name)
            return getattr(self.inside, name)(*args, **kwargs)

        return getattr(self.inside, name) if name == "names" else call


@pytest.fixture
def blocking() -> Iterator[tuple[BlockingCalls, CorrectStore, set[str]]]:
    inside, threads = CorrectStore(), set[str]()
    make: Any = partial(Awaitable, inside, threads)
    store = BlockingCalls(make)
    yield store, inside, threads
    store.close()


def test_blocking_calls_make_the_calls_of_the_store(blocking: tuple[BlockingCalls, CorrectStore, set[str]]) -> None:
    store, inside, threads = blocking
    lease = store.acquire("alice", "me", 60)
    assert lease == Lease("alice", 1, "me")
    expires = inside.records["alice"].expires
    store.renew(lease, 70)
    assert inside.records["alice"].expires == expires + 10
    assert store.load("alice") is None
    assert store.save(lease, b"1", version=0) == 1
    assert store.load("alice") == StoredData(b"1", 1)
    assert store.names() == ["alice"]
    store.delete(lease, version=1)
    assert inside.records["alice"].data is None
    store.release(lease)
    assert inside.records["alice"].owner is None
    assert len(threads) == 1
    assert threading.current_thread().name not in threads


def test_blocking_calls_end_their_thread_once() -> None:
    inside, before = CorrectStore(), threading.active_count()
    make: Any = partial(Awaitable, inside, set[str]())
    store = BlockingCalls(make)
    assert threading.active_count() == before + 1
    store.close()
    store.close()
    assert inside.closed == 1
    assert threading.active_count() == before
