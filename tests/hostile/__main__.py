"""python -m tests.hostile [megabytes]: carry out every attack, print what each costs, write docs/hostile.json."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from tests.hostile.attacks import ATTACKS
from tests.hostile.measure import MEGABYTE, Cost, cost

FILE = Path(__file__).resolve().parents[2] / "docs" / "hostile.json"


def main(megabytes: float = 1.0) -> None:
    results = []
    for name, attack in ATTACKS.items():
        result = cost(attack, int(megabytes * MEGABYTE))
        results.append(result)
        print(_line(name, result), flush=True)
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode(results)) + b"\n")


def _line(name: str, result: Cost) -> str:
    time = f"{result.seconds_per_megabyte:8.3f}" if result.seconds_per_megabyte is not None else "       -"
    echo = result.sent / result.fed
    end = result.ended or "goes on"
    return (
        f"{name:45} {result.fed:>12,} B {time} s/MB {result.peak / MEGABYTE:7.1f} MB peak {echo:6.2f} sent/fed  {end}"
    )


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
