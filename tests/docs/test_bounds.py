"""The tables of limits and of hostile peers are complete and readable."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields

import pytest

import hostile_table
import limits_table
from sansio_tl.limits import Limits

ALL = limits_table.all_limits()


def test_every_limit_is_listed_with_its_value() -> None:
    assert {limit.name: limit.value for limit in ALL} == {
        each.name: getattr(Limits(), each.name) for each in fields(Limits)
    }


@pytest.mark.parametrize("limit", ALL, ids=lambda limit: limit.name)
def test_every_limit_is_documented_and_used(limit: limits_table.Limit) -> None:
    assert limit.about
    assert limit.applied_in, "no file reads it"


def test_no_limit_is_declared_twice() -> None:
    declared = Counter(
        line.split(":")[0].strip()
        for line in (limits_table.ENGINE / "limits.py").read_text().splitlines()
        if line.startswith("    ") and ": " in line and "=" in line.partition(":")[2]
    )
    assert {name for name, times in declared.items() if times > 1} == set()


def test_values_are_readable() -> None:
    shown = {limit.name: limit.shown for limit in ALL}
    assert shown["max_packet_size"] == "16 MiB"
    assert shown["max_container_messages"] == "1,020"
    assert shown["handshake_timeout"] == "20 s"


def test_costs_are_readable() -> None:
    cost = hostile_table.Cost("client", "x", "Bytes.", 2_000_000, 1.25, 3_400_000, 1_000_000, "TR1")
    assert cost.row == ("Bytes.", "ends by TR1 after 2.0 MB", "1.2 s/MB", "3.4 MB", "0.50")
    cost = hostile_table.Cost("client", "x", "Bytes.", 4, None, 1, 0, None)
    assert cost.row == ("Bytes.", "stays open", "-", "1 bytes", "0.00")
    assert hostile_table.costs("client")
    assert hostile_table.costs("server")
