"""Descriptions of message ids, also outside the platform's range of times."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest

from sansio_tl_transports.cli.inspect import messages


@pytest.mark.parametrize(
    ("low_bits", "maker"),
    [(0, "by the client"), (1, "by the server, an answer"), (2, "with an invalid id"), (3, "by the server")],
)
def test_message_id_is_described_by_time_and_sender(low_bits: int, maker: str) -> None:
    assert messages.describe_msg_id((1_767_225_600 << 32) + low_bits) == f"made 2026-01-01 00:00:00 UTC {maker}"


@pytest.mark.parametrize("error", [OverflowError, OSError, ValueError])
def test_message_time_outside_the_range_of_the_platform_is_omitted(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    class Clock:
        @staticmethod
        def fromtimestamp(*given: Any) -> NoReturn:
            raise error(given)

    monkeypatch.setattr(messages, "datetime", Clock)
    assert messages.describe_msg_id(-5) == "made by the server"


def test_seqno_is_described_by_whether_it_needs_an_acknowledgement() -> None:
    assert [messages.describe_seqno(seqno) for seqno in (4, 5)] == ["not to be acknowledged", "to be acknowledged"]
