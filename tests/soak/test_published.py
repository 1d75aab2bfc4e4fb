"""The figures of the documentation are of a whole run in which every call was answered once and executed once."""

from __future__ import annotations

import msgspec

from tests.soak.results import FILE, Results


def test_published_figures_come_from_a_complete_run() -> None:
    published = msgspec.json.decode(FILE.read_bytes(), type=Results)
    assert published.minutes >= 30
    assert published.clients >= 200
    assert published.totals.keys() == {"trio", "asyncio", "sync"}
    assert all(check.good for check in published.checks)
    assert len([check for check in published.checks if check.name.startswith("memory of ")]) == 5
    assert published.account is not None
    assert published.account.calls == published.account.executed == sum(t.answered for t in published.totals.values())
