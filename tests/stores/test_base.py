"""What every store checks before it does anything, and what it returns."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from typing import Any

import pytest

from sansio_tl.errors import LocalProtocolError
from sansio_tl_transports.stores import MAX_DATA, Lease, StoreError, base
from tests.stores.correct import CorrectStore


def refused(check: Callable[..., object], *given: object) -> str:
    with pytest.raises(StoreError) as caught:
        check(*given)
    assert type(caught.value) is StoreError
    return str(caught.value)


def test_valid_values_are_returned() -> None:
    for name in ("a", "x" * 64, "é" * 32, "two words"):
        assert base.check_name(name) == name
    for owner in ("a", "x" * 256, "é" * 128, "host:1:00ff"):
        assert base.check_owner(owner) == owner
    for seconds in (0.001, 1, 86400, 86400.0):
        assert base.check_seconds(seconds) == seconds
        assert type(base.check_seconds(seconds)) is float
    lease = Lease("alice", 0, "me")
    assert base.check_lease(lease) is lease
    for version in (0, 1, (1 << 53) - 1):
        assert base.check_version(version) == version
    for data in (b"", bytes(MAX_DATA)):
        assert base.check_data("alice", data) is data
    for now in (0, -1.5, 1.7e9):
        assert base.check_time(now) == now


def test_other_values_are_refused_with_the_reason() -> None:
    for name in ("", "x" * 65, "é" * 33, "a\x1f", "\x7f", "\ud800", b"a", None):
        assert refused(base.check_name, name).startswith("invalid name of a session: expected a text of 1 to 64 bytes")
    for owner in ("", "x" * 257, "é" * 129, "a\n", b"me", None):
        assert refused(base.check_owner, owner).startswith("invalid owner of a lease: expected a printable text of 1")
    for seconds in (0, -1, 86400.5, float("nan"), float("inf"), True, "60", None):
        assert refused(base.check_seconds, seconds) == (
            "invalid time of a lease: expected seconds, more than 0 and at most 86400"
        )
    for version in (-1, 1 << 53, 1.0, True, None):
        assert refused(base.check_version, version).startswith("invalid version of a session")
    for now in (float("nan"), float("inf"), "now", None):
        assert refused(base.check_time, now).startswith("invalid time: the clock of the store must return finite")
    assert refused(base.check_data, "alice", "text") == "cannot save session 'alice': expected bytes, found str"
    assert f"it has {MAX_DATA + 1} bytes, more than {MAX_DATA}." in refused(
        base.check_data, "alice", bytes(MAX_DATA + 1)
    )


@pytest.mark.parametrize("token", [-1, 1 << 53, 1.0, True, None])
def test_lease_with_an_invalid_token_is_refused(token: Any) -> None:
    assert refused(base.check_lease, Lease("alice", token, "me")).startswith("invalid lease: expected what acquire has")


def test_lease_with_an_invalid_name_or_owner_is_refused() -> None:
    assert refused(base.check_lease, Lease("a\nb", 1, "me")).startswith("invalid name of a session")
    assert refused(base.check_lease, Lease("alice", 1, "")).startswith("invalid owner of a lease")
    for other in (None, ("alice", 1, "me"), "alice"):
        assert refused(base.check_lease, other).startswith("invalid lease: expected what acquire has")


def test_invalid_names_that_a_store_lists_are_logged_and_left_out(caplog: pytest.LogCaptureFixture) -> None:
    found: list[Any] = ["b", "a\nb", "a", b"bytes", "b"]
    with caplog.at_level(logging.WARNING, "sansio_tl_transports.stores"):
        assert base.listed_names("the store", found) == ["a", "b"]
    assert len(caplog.records) == 2
    assert all("'the store' has an entry that is no session" in text for text in caplog.messages)
    assert "\n" not in caplog.messages[0]


def test_owner_names_host_and_process_and_is_never_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "ho\x00st-\u00e4" + "x" * 200)
    first, second = base.new_owner(), base.new_owner()
    assert first != second
    host, process, text = first.split(":")
    assert host == ("host-" + "x" * 200)[:100]
    assert int(process) == os.getpid()
    assert len(text) == 8
    assert base.check_owner(first) == first


def test_kind_of_a_store_is_its_class_or_that_of_the_store_inside() -> None:
    class Outer:
        store_of_user = CorrectStore()

    assert base.kind_of(CorrectStore()) == "CorrectStore"
    assert base.kind_of(Outer()) == "CorrectStore"


@pytest.mark.parametrize("margin", [0, 60.0, 61.0, -1.0])
def test_margin_of_a_lease_is_within_its_time(margin: float) -> None:
    with pytest.raises(LocalProtocolError, match=r"LeaseOptions\.margin"):
        base.LeaseOptions(margin=margin)


def test_lease_is_renewed_after_a_third_of_the_time_for_which_it_is_used() -> None:
    options = base.LeaseOptions(seconds=40.0, margin=10.0)
    assert (options.usable, options.renew_after) == (30.0, 10.0)
    for name, value in (("seconds", 86401.0), ("seconds", "60"), ("wait", -1.0), ("margin", "1"), ("margin", True)):
        settings: dict[str, Any] = {name: value}
        with pytest.raises(LocalProtocolError, match=f"LeaseOptions.{name}: seconds, at least 0"):
            base.LeaseOptions(**settings)
