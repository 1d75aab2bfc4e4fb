"""Checks that each call was answered and executed once: the clients' reports against the server's record."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tests.soak.calls import METHOD, number_in, number_of, parts_of
from tests.soak.messages import Ending


class Account(msgspec.Struct, frozen=True):
    """What came of comparing. All but the first two have to be 0."""

    calls: int
    executed: int
    """Executions of calls that were made."""
    executed_twice: int
    """Calls that were executed more than once."""
    executed_unrequested: int
    """Executions of calls that were not made."""
    answered_unexecuted: int
    """Calls that were answered correctly without an execution."""


class Executions:
    """How often each call was executed, from the server's record."""

    def __init__(self) -> None:
        self._times: dict[tuple[int, int], bytearray] = {}
        self.examples: list[str] = []
        """Some calls that were executed twice."""
        self._part = b""

    def read(self, piece: bytes) -> None:
        """Take the next piece of the record."""
        *lines, self._part = (self._part + piece).split(b"\n")
        for line in lines:
            entry = msgspec.json.decode(line)
            if entry["method"] == METHOD and entry["error"] is None:
                self._add(number_in(entry["query"]), entry)

    def _add(self, number: int | None, entry: dict[str, object]) -> None:
        if number is None:
            raise ValueError(f"this record is not of our calls: {entry}")
        process, client, sequence = parts_of(number)
        times = self._times.setdefault((process, client), bytearray())
        if sequence >= len(times):
            times.extend(bytes(sequence + 1 - len(times)))
        times[sequence] = min(255, times[sequence] + 1)
        if times[sequence] == 2:
            self.examples.append(f"process {process}, client {client}, call {sequence}, again at {entry['at']}")

    def compare(self, endings: Mapping[int, Ending]) -> Account:
        """Compare with what the clients of each process say."""
        calls = executed = twice = without_caller = unexecuted = 0
        unanswered = {number for ending in endings.values() for number, what, _ in ending.troubles}
        for process, ending in endings.items():
            for client, made in enumerate(ending.made):
                times = self._times.pop((process, client), bytearray())
                known, strange = times[:made], times[made:]
                calls += made
                executed += len(known) - known.count(0)
                twice += sum(1 for each in times if each > 1)
                without_caller += len(strange) - strange.count(0)
                missing = [n for n in range(made) if n >= len(known) or not known[n]]
                unexecuted += sum(1 for n in missing if number_of(process, client, n) not in unanswered)
        without_caller += sum(len(times) - times.count(0) for times in self._times.values())
        return Account(calls, executed, twice, without_caller, unexecuted)
