"""MS28: refused packets are remembered as long as they could be accepted, and evicted afterwards."""

from __future__ import annotations

from sansio_tl.mtproto.server.refused_packets import RefusedPackets


def test_MS28_packet_is_remembered_until_it_could_be_accepted() -> None:
    refused = RefusedPackets()
    assert refused.remember(b"a", 10.0, limit=2, now=0.0)
    assert refused.has(b"a")
    assert not refused.has(b"b")
    assert refused.remember(b"b", 5.0, limit=2, now=5.0), "it could never be accepted: nothing to remember"
    assert not refused.has(b"b")
    assert len(refused) == 1


def test_MS28_only_expired_packets_are_evicted() -> None:
    refused = RefusedPackets()
    refused.remember(b"a", 10.0, limit=2, now=0.0)
    refused.remember(b"b", 20.0, limit=2, now=0.0)
    assert not refused.remember(b"c", 30.0, limit=2, now=9.0)
    assert not refused.has(b"c")
    assert len(refused) == 2
    assert refused.remember(b"c", 30.0, limit=2, now=10.0)
    assert [refused.has(key) for key in (b"a", b"b", b"c")] == [False, True, True]
