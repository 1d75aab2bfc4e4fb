"""What the monitor makes of a link whose bytes were changed."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sansio_tl.limits import Limits
from sansio_tl.simulation.frame_parser import TAGS, Frames, framed
from sansio_tl.simulation.monitor import Monitor

PAYLOAD = bytes(range(72))
TAMPERED = cast("Any", SimpleNamespace(tampered=True))


class RecordingAcks:
    """Stands in for the invariant about acknowledgements."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, bool]] = []

    def delivered_elsewhere(self, packet: object, *, at_client: bool) -> None:
        self.calls.append((packet, at_client))


@pytest.fixture(name="monitor")
def _monitor(monkeypatch: pytest.MonkeyPatch) -> Monitor:
    monitor = Monitor(Limits(), Counter(), None)
    monkeypatch.setattr(monitor, "_acks", RecordingAcks())
    monkeypatch.setattr(monitor, "_sent", {PAYLOAD: ("packet", True)})
    return monitor


def calls(monitor: Monitor) -> list[tuple[object, bool]]:
    return cast("RecordingAcks", monitor._acks).calls


def test_whole_packet_on_a_changed_link_counts_as_delivered(monitor: Monitor) -> None:
    frames = Frames("intermediate", from_client=True)
    changed = framed(b"?" + PAYLOAD[1:], "intermediate")
    monitor._delivered(frames, TAMPERED, True, TAGS["intermediate"] + changed)
    assert calls(monitor) == []
    monitor._delivered(frames, TAMPERED, True, framed(PAYLOAD, "intermediate"))
    assert calls(monitor) == [("packet", False)]


def test_packet_that_is_reflected_on_a_changed_link_is_ignored(monitor: Monitor) -> None:
    frames = Frames("intermediate", from_client=False)
    monitor._delivered(frames, TAMPERED, False, framed(PAYLOAD, "intermediate"))
    assert calls(monitor) == []


def test_bytes_that_are_no_frame_are_ignored(monitor: Monitor) -> None:
    frames = Frames("http", from_client=True)
    monitor._delivered(frames, TAMPERED, True, b"Content-Length: many\r\n\r\n")
    assert calls(monitor) == []
