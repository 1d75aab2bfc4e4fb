"""Results of a soak: the file docs/soak.json, and the checks that a run has to pass."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tests.soak.accounting import Account
from tests.soak.memory import MEGABYTE, flatness
from tests.soak.messages import Tally

FILE = Path(__file__).resolve().parents[2] / "docs" / "soak.json"


class Series(msgspec.Struct):
    """One number of a process at each sample, in the order of `Results.at`."""

    rss: list[int] = []
    """Megabytes, in tenths."""
    files: list[int] = []
    threads: list[int] = []
    cpu: list[float] = []
    """Seconds of processor time so far."""


class Sample(msgspec.Struct, frozen=True):
    """What had happened at a moment, in the order of `Results.at`."""

    calls: int
    answered: int
    waiting: int
    links_lost: int
    """As the clients have seen it."""
    faults: int
    alive: int
    """Connections through the proxy."""
    median: float | None
    """Seconds that half of the answers since the last sample took at most; None if there were none."""
    p99: float | None


class Check(msgspec.Struct, frozen=True):
    """Something that has to hold."""

    name: str
    value: float
    most: float
    """The highest value that is good."""

    @property
    def good(self) -> bool:
        """Whether it holds."""
        return self.value <= self.most


class Results(msgspec.Struct):
    """A whole run."""

    when: str
    machine: str
    versions: dict[str, str]
    minutes: float
    clients: int
    """For each adapter."""
    pace: float
    """Seconds between two calls of a client, on average."""
    life: float
    """Seconds until something happens to a connection, on average."""
    seed: int
    at: list[float] = []
    """Seconds since every client was logged in."""
    processes: dict[str, Series] = {}
    samples: list[Sample] = []
    faults: dict[str, int] = {}
    totals: dict[str, Tally] = {}
    """For each adapter."""
    account: Account | None = None
    reasons: dict[str, int] = {}
    """Why calls had no good answer."""
    checks: list[Check] = []


def checks_of(results: Results, *, files_left: int, relative: float, absolute: float) -> list[Check]:
    """Everything that has to hold. `files_left` is how many more files the server has open than before."""
    totals, account = results.totals.values(), results.account
    if account is None:
        raise ValueError("the calls were not compared with the record")
    checks = [
        Check("unanswered calls", sum(each.lost + each.waiting for each in totals), 0),
        Check("calls that were answered twice", sum(each.doubled for each in totals), 0),
        Check("calls that were answered with something else", sum(each.foreign for each in totals), 0),
        Check("calls that were refused", sum(each.refused for each in totals), 0),
        Check("calls whose outcome is unknown", sum(each.unknown for each in totals), 0),
        Check("calls that were executed twice", account.executed_twice, 0),
        Check("unrequested executions", account.executed_unrequested, 0),
        Check("answers to calls that were not executed", account.answered_unexecuted, 0),
        Check("sockets that the server has kept", files_left, 0),
    ]
    for name, series in results.processes.items():
        flat = flatness([tenths * MEGABYTE // 10 for tenths in series.rss], relative=relative, absolute=absolute)
        checks.append(
            Check(
                f"memory of {name} in the last quarter, MB",
                round(flat.after / MEGABYTE, 1),
                round(flat.allowed / MEGABYTE, 1),
            )
        )
    return checks
