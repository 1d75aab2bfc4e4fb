"""HS15, HS21 and HS22: which handshakes a data center remembers, and which it drops."""

from __future__ import annotations

from contextlib import suppress
from typing import cast

import pytest

from sansio_tl import functions
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.limits import Limits
from sansio_tl.mtproto.server.handshake import ServerHandshake
from sansio_tl.mtproto.server.pending_handshakes import PendingHandshakes
from tests.helpers.connected_pair import NOW

TIMEOUT = 20.0
pytestmark = pytest.mark.interpreted  # compiled code takes no stand-in for a handshake


class ScriptedHandshake:
    """What `PendingHandshakes` uses of a handshake: it begins with any message, and each further one is invalid."""

    negotiated = None

    def __init__(self, number: int, *, proof: bool = False) -> None:
        self.nonces: bytes | None = None
        self.has_proof_of_work = proof
        self.received: list[bytes] = []
        self._number = number

    def receive(self, body: bytes, _now: float) -> bytes:
        self.received.append(body)
        if self.nonces is not None:
            raise RemoteProtocolError("HS17", "invalid")
        self.nonces = bytes([self._number]) * 32
        return b"answer"


def message(number: int) -> bytes:
    """A message with the nonces of a handshake."""
    return functions.mtproto.ReqDHParams.ID.to_bytes(4, "little") + bytes([number]) * 32 + b"rest"


def begin(
    pending: PendingHandshakes, number: int, *, connection: str = "a", proof: bool = False, now: float = NOW
) -> ScriptedHandshake:
    handshake = ScriptedHandshake(number, proof=proof)
    assert pending.receive(b"req_pq", lambda: cast("ServerHandshake", handshake), connection, now) == (b"answer", None)
    return handshake


def is_known(pending: PendingHandshakes, number: int, now: float = NOW) -> bool:
    """Whether a message belongs to a handshake that has begun."""
    other = ScriptedHandshake(0)
    other.nonces = b""
    with suppress(RemoteProtocolError):
        pending.receive(message(number), lambda: cast("ServerHandshake", other), "other", now)
    return not other.received


def left_of(most: int, *begun: tuple[int, str, bool], at: float = NOW) -> list[int]:
    """The numbers of the handshakes that are left after beginning these: number, connection, proof of work."""
    pending = PendingHandshakes(Limits(max_handshakes=most, handshake_timeout=TIMEOUT))
    for number, connection, proof in begun[:-1]:
        begin(pending, number, connection=connection, proof=proof)
    number, connection, proof = begun[-1]
    begin(pending, number, connection=connection, proof=proof, now=at)
    assert len(pending) == min(most, len(begun))
    return [number for number, _, _ in begun if is_known(pending, number, min(at, NOW + TIMEOUT - 1))]


def test_HS22_handshake_is_found_by_its_nonces_and_survives_what_is_invalid() -> None:
    pending = PendingHandshakes()
    first, second = begin(pending, 1), begin(pending, 2)
    for _ in range(2):
        assert is_known(pending, 1)
    assert first.received == [b"req_pq", message(1), message(1)]
    assert second.received == [b"req_pq"]
    assert len(pending) == 2


@pytest.mark.parametrize(("seconds", "found"), [(TIMEOUT - 0.5, True), (TIMEOUT, False), (TIMEOUT + 1, False)])
def test_HS15_handshake_is_forgotten_after_its_timeout(seconds: float, *, found: bool) -> None:
    pending = PendingHandshakes(Limits(handshake_timeout=TIMEOUT))
    begin(pending, 1)
    assert is_known(pending, 1, NOW + seconds) == found
    assert len(pending) == found


@pytest.mark.parametrize(
    ("begun", "left"),
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
    begun: list[tuple[int, str, bool]], left: list[int]
) -> None:
    assert left_of(3, *begun) == left


@pytest.mark.parametrize(("seconds", "left"), [(TIMEOUT - 0.5, [1, 3, 4]), (TIMEOUT, [2, 3, 4])])
def test_HS21_expired_handshake_is_dropped_first(seconds: float, left: list[int]) -> None:
    begun = [(1, "a", True), (2, "b", False), (3, "b", True), (4, "c", False)]
    assert left_of(3, *begun, at=NOW + seconds) == left
