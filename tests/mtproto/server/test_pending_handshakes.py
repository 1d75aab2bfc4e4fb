"""HS15 and HS21: which handshakes a data center remembers, and which it drops."""

from __future__ import annotations

from typing import Any, cast

import pytest

from sansio_tl.limits import Limits
from sansio_tl.mtproto.server.handshake import ServerHandshake
from sansio_tl.mtproto.server.pending_handshakes import PendingHandshakes
from tests.helpers.connected_pair import NOW

TIMEOUT = 20.0


class StoredHandshake:
    """What `PendingHandshakes` reads of a handshake."""

    def __init__(self, number: int, *, proof: bool = False) -> None:
        self.nonces = bytes([number]) * 32
        self.has_proof_of_work = proof


def handshake(number: int, *, proof: bool = False) -> ServerHandshake:
    return cast("ServerHandshake", StoredHandshake(number, proof=proof))


def pop(pending: PendingHandshakes, number: int, now: float = NOW) -> bool:
    return pending.pop(bytes(4) + bytes([number]) * 32 + b"rest", now) is not None


def store(most: int, *stored: tuple[int, str, bool], at: float = NOW) -> list[int]:
    """The numbers of the handshakes that are left after storing these: number, connection, proof of work."""
    pending = PendingHandshakes(Limits(max_handshakes=most, handshake_timeout=TIMEOUT))
    for number, connection, proof in stored[:-1]:
        pending.store(handshake(number, proof=proof), connection, NOW)
    number, connection, proof = stored[-1]
    pending.store(handshake(number, proof=proof), connection, at)
    assert len(pending) == min(most, len(stored))
    return [number for number, _, _ in stored if pop(pending, number, min(at, NOW + TIMEOUT - 1))]


def test_handshake_is_found_once_by_its_nonces() -> None:
    pending = PendingHandshakes()
    first = handshake(1)
    pending.store(first, "a", NOW)
    pending.store(handshake(2), "a", NOW)
    assert not pop(pending, 3)
    assert pending.pop(bytes(4) + bytes([1]) * 32, NOW) is first
    assert not pop(pending, 1)
    assert len(pending) == 1


def test_handshake_that_expects_no_message_is_not_stored() -> None:
    pending = PendingHandshakes()
    ended = StoredHandshake(1)
    ended.nonces = cast("Any", None)
    pending.store(cast("Any", ended), "a", NOW)
    assert len(pending) == 0


@pytest.mark.parametrize(("seconds", "found"), [(TIMEOUT - 0.5, True), (TIMEOUT, False), (TIMEOUT + 1, False)])
def test_HS15_handshake_is_forgotten_after_its_timeout(seconds: float, *, found: bool) -> None:
    pending = PendingHandshakes(Limits(handshake_timeout=TIMEOUT))
    pending.store(handshake(1), "a", NOW)
    assert pop(pending, 1, NOW + seconds) == found


@pytest.mark.parametrize(
    ("stored", "left"),
    [
        ([(1, "a", False), (2, "b", False), (3, "c", False)], [1, 2, 3]),
        ([(1, "a", False), (2, "b", False), (3, "c", False), (4, "d", False)], [2, 3, 4]),
        ([(1, "a", False), (2, "b", False), (3, "b", False), (4, "c", False)], [1, 3, 4]),
        ([(1, "a", True), (2, "b", True), (3, "b", False), (4, "c", True)], [1, 2, 4]),
        ([(1, "a", False), (2, "b", True), (3, "b", True), (4, "c", False)], [1, 3, 4]),
        ([(1, "a", True), (2, "b", True), (3, "c", True), (4, "d", True)], [2, 3, 4]),
        ([(1, "a", True), (2, "b", True), (3, "c", False), (4, "d", True)], [1, 2, 4]),
    ],
    ids=[
        "not too many",
        "one each: the oldest",
        "the oldest of the connection with most",
        "without a proof of work first",
        "the oldest of that connection when all have one",
        "the oldest when all have one",
        "without a proof of work first, one each",
    ],
)
def test_HS21_handshake_that_costs_its_client_least_is_dropped(
    stored: list[tuple[int, str, bool]], left: list[int]
) -> None:
    assert store(3, *stored) == left


@pytest.mark.parametrize(("seconds", "left"), [(TIMEOUT - 0.5, [1, 3, 4]), (TIMEOUT, [2, 3, 4])])
def test_HS21_expired_handshake_is_dropped_first(seconds: float, left: list[int]) -> None:
    stored = [(1, "a", True), (2, "b", False), (3, "b", True), (4, "c", False)]
    assert store(3, *stored, at=NOW + seconds) == left
