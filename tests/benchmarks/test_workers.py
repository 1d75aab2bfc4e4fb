from __future__ import annotations

import pytest

from benchmarks.environments import ALL, OURS, Peer, Unavailable
from benchmarks.rounds import Care, measure
from benchmarks.workers import PeerError, Worker
from benchmarks.workloads import all_workloads
from sansio_tl import LAYER

OURSELVES = next(peer for peer in ALL if peer.name == OURS)
SHORT = Care(rounds=2, sample=0.0005)


def test_worker_decodes_encodes_and_is_timed() -> None:
    with Worker(OURSELVES) as worker:
        assert worker.about["layer"] == LAYER
        for workload in all_workloads(LAYER):
            assert worker.load(workload.name, workload.data) is None
        rows = list(measure({OURS: worker}, "auth.sentCode", "decode", SHORT, collector=False))
        assert rows[0]["median"] > 0
        assert rows[0]["rounds"] == 2
        assert worker.hold("auth.sentCode", copies=10) > 50


def test_messagepack_of_the_same_shapes_round_trips() -> None:
    with Worker(next(peer for peer in ALL if peer.name == "msgpack")) as worker:
        for workload in all_workloads(LAYER):
            assert worker.load(workload.name, workload.data) is None


def test_exception_of_a_peer_is_raised_as_refusal() -> None:
    with Worker(OURSELVES) as worker, pytest.raises(PeerError, match="DecodeError"):
        worker.load("nonsense", b"\x02\x25")


def test_peer_that_cannot_start_is_unavailable_with_the_reason() -> None:
    with pytest.raises(Unavailable, match=r"No such file|can't open"):
        Worker(Peer("missing", "Missing", "missing_peer.py"))
