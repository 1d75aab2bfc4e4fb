"""How a client is judged by its next handshake, after a changed answer in the first one."""

from __future__ import annotations

import pytest

from sansio_tl import types
from sansio_tl.conformance.behavior import ENCRYPTED, FaultyAnswer
from sansio_tl.conformance.case import Finding
from sansio_tl.conformance.faulty_handshake import FaultyHandshake
from sansio_tl.conformance.faulty_server import ClientRun, SuiteDataCenter
from sansio_tl.mtproto.handshake_common import HandshakeResult, derive_auth_key
from sansio_tl.testing import DataCenterConfig
from tests.helpers.connected_pair import NOW
from tests.helpers.entropy import SeededEntropy
from tests.helpers.rsa_key import rsa_key

PERMANENT = types.mtproto.PQInnerDataDc(b"pq", b"p", b"q", bytes(16), bytes(16), bytes(32), 2)
TEMPORARY = types.mtproto.PQInnerDataTempDc(b"pq", b"p", b"q", bytes(16), bytes(16), bytes(32), 2, 3600)


def run_of(second: types.mtproto.TypePQInnerData | None) -> ClientRun:
    """A client that has completed a handshake for a permanent key, and begun another one."""
    entropy = SeededEntropy("faulty-answer")
    data_center = SuiteDataCenter(DataCenterConfig(private_key=rsa_key()), entropy=entropy, now=NOW)
    run = ClientRun(FaultyAnswer(ENCRYPTED, {}), data_center, entropy=entropy, now=NOW)
    run.accept(now=NOW)
    run.fault("a changed answer")
    for inner in (PERMANENT, second):
        handshake = FaultyHandshake({}, rsa_key(), entropy, NOW)
        handshake.inner = inner
        run.handshakes.append(handshake)
        run.steps += [("req_pq", 1), ("req_DH_params", 1), ("set_client_DH_params", 1)]
    run.handshakes[0].negotiated = HandshakeResult(derive_auth_key(5), 1, int(NOW), 2, None)
    return run


@pytest.mark.parametrize("behavior", [FaultyAnswer(ENCRYPTED, {}), FaultyAnswer("set", {}, may_be_late=True)])
@pytest.mark.parametrize(
    ("second", "finding"), [(PERMANENT, Finding.CORRECT), (TEMPORARY, Finding.VIOLATED), (None, None)]
)
def test_client_that_makes_a_temporary_key_has_accepted_the_permanent_one(
    behavior: FaultyAnswer, second: types.mtproto.TypePQInnerData | None, finding: Finding | None
) -> None:
    found = behavior.decide(run_of(second))
    assert (found and found.finding) == finding


def test_client_that_begins_again_without_a_key_has_not_accepted_the_answer() -> None:
    run = run_of(TEMPORARY)
    run.handshakes[0].negotiated = None
    found = FaultyAnswer(ENCRYPTED, {}).decide(run)
    assert found is not None
    assert found.finding is Finding.CORRECT
