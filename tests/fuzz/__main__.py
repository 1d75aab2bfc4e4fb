"""`python -m tests.fuzz --seconds 60 [target ...]`: each target at least 2,000 times, then the deep ones.

Prints executions per second and how much coverage grew beyond the committed corpus. Ends with status 1 when an input
crashed a target; the input lies in .fuzz/crashes then, and `--replay FILE` runs it again without atheris.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from typing import Self

from sansio_tl_transports.cli.progress import Progress
from tests.fuzz.crash_criteria import guarded
from tests.fuzz.dictionary import LIMITS, dictionary
from tests.fuzz.seeds import CORPUS
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".fuzz"
CRASHES = WORK / "crashes"
LEAST = 2000
"""Executions of each target, however little time there is."""
DEEP = frozenset(
    {"client_session", "server_session", "client_account", "shared_key", "data_center", "old_layers", "flow", "framing"}
)
"""Targets with much behind them: they get the time that is left."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What fuzzing one target came to."""

    target: str
    executions: int
    per_second: int
    covered: int
    grown: int
    """Features of the program's behaviour that the corpus did not show: libFuzzer's `ft`."""
    inputs: int
    crash: Path | None
    log: str


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=__doc__.partition("\n")[0] if __doc__ else ""
    )
    parser.add_argument("targets", nargs="*", metavar="target", help=f"which of {', '.join(TARGETS)}; all by default")
    parser.add_argument("--seconds", type=float, default=60.0, help="for all targets together, beyond the least")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many are fuzzed at a time")
    parser.add_argument("--replay", type=Path, nargs="+", help="run these inputs through one target, without atheris")
    parser.add_argument("--keep", action="store_true", help="add some of what was found to the committed corpus")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.targets if name not in TARGETS]
    if unknown:
        parser.error(f"there is no target {unknown[0]!r}, but {', '.join(TARGETS)}")
    if arguments.replay:
        return replay(arguments.targets, arguments.replay)
    if find_spec("atheris") is None:
        print(f"atheris is not installed in {sys.prefix}: pip install atheris", file=sys.stderr)
        return 2
    names = arguments.targets or list(TARGETS)
    outcomes = []
    print(f"{'target':18} {'executions':>11} {'per second':>11} {'coverage':>9} {'grown by':>9} {'inputs':>7}")
    shown = Progress(len(names), "targets")
    for outcome in fuzz(names, arguments.seconds, arguments.jobs):
        outcomes.append(outcome)
        shown.report(len(outcomes))
        print(
            f"{outcome.target:18} {outcome.executions:11,} {outcome.per_second:11,} {outcome.covered:9,} "
            f"{outcome.grown:9,} {outcome.inputs:7,}" + (f"  CRASH: {outcome.crash}" if outcome.crash else ""),
            flush=True,
        )
    if arguments.keep:
        for name in names:
            keep(name)
    crashed = [outcome for outcome in outcomes if outcome.crash]
    for outcome in crashed:
        print(f"\n{outcome.target}:\n{outcome.log}", file=sys.stderr)
    executions = sum(outcome.executions for outcome in outcomes)
    found = ", ".join(sorted({outcome.target for outcome in crashed}))
    print(f"Crashes of {found}: see above." if crashed else f"No target crashed in {executions:,} executions.")
    return 1 if crashed else 0


def fuzz(names: Sequence[str], seconds: float, jobs: int) -> Iterator[Outcome]:
    """Each target until it has run LEAST times; then those with much behind them share what is left of the time."""
    words = WORK / "words.dict"
    CRASHES.mkdir(parents=True, exist_ok=True)
    words.write_text("\n".join(dictionary()) + "\n", encoding="ascii")
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(jobs) as pool:
        servers: SimpleQueue[Server] = SimpleQueue()
        for _ in range(jobs):
            servers.put(stack.enter_context(Server()))

        def run(name: str, limit: str) -> Outcome:
            server = servers.get()
            try:
                return server.fuzz(name, limit)
            finally:
                servers.put(server)

        began = time.monotonic()
        yield from pool.map(lambda name: run(name, f"-runs={LEAST}"), names)
        deep = [name for name in names if name in DEEP] or list(names)
        left = (seconds - (time.monotonic() - began)) * jobs / len(deep)
        if left >= 1:
            yield from pool.map(lambda name: run(name, f"-max_total_time={round(left)}"), deep)


class Server:
    """A process in which everything is imported and instrumented, and that forks for each target."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.run_atheris"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": "0"},
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def fuzz(self, target: str, limit: str) -> Outcome:
        """Fuzz one target. Its growing corpus lies in .fuzz, the committed one is only read."""
        found = WORK / "corpus" / target
        found.mkdir(parents=True, exist_ok=True)
        before = set(CRASHES.glob(f"{target}-*"))
        log_file = WORK / f"{target}.log"
        options = [
            limit,
            *(f"-{name}={value}" for name, value in LIMITS.items()),
            f"-dict={WORK / 'words.dict'}",
            f"-artifact_prefix={CRASHES}/{target}-",
            "-print_final_stats=1",
            str(found),
            str(CORPUS / target),
        ]
        order = {"target": target, "options": options, "log": str(log_file)}
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("no pipes to the process that fuzzes")
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        status = self._process.stdout.readline().strip()
        # A slow-unit is what libFuzzer finds slow; `crash_criteria` decides what is.
        new = sorted(path for path in set(CRASHES.glob(f"{target}-*")) - before if "slow-unit" not in path.name)
        log = log_file.read_text(errors="replace") if log_file.exists() else "the process that fuzzes has ended"
        features = [int(ft) for ft in re.findall(r"\bft: (\d+)", log)]
        coverage = [int(cov) for cov in re.findall(r"\bcov: (\d+)", log)]
        return Outcome(
            target,
            executions=_stat(log, "number_of_executed_units"),
            per_second=_stat(log, "average_exec_per_sec"),
            covered=coverage[-1] if coverage else 0,
            grown=features[-1] - features[0] if features else 0,
            inputs=sum(1 for _ in found.iterdir()),
            crash=new[0] if new else (Path("no input was kept") if status != "0" else None),
            log="\n".join(log.splitlines()[-40:]),
        )


def keep(target: str, most: int = 24, largest: int = 512) -> None:
    """Add some of what fuzzing has found to the committed corpus: small inputs, of sizes as different as they come.

    Each of them once reached what nothing before it had reached; which of them still do is not asked.
    """
    folder = CORPUS / target
    free = most - sum(1 for path in folder.iterdir() if not path.name.startswith("seed-"))
    committed = {path.read_bytes() for path in folder.iterdir()}
    found = {path.read_bytes(): path.name for path in (WORK / "corpus" / target).iterdir()}
    fresh = sorted((len(data), data) for data in found if len(data) <= largest and data not in committed)
    step = max(1, len(fresh) // free) if free > 0 else len(fresh) + 1
    for _, data in fresh[::step][: max(free, 0)]:
        (folder / found[data][:16]).write_bytes(data)


def replay(targets: Sequence[str], files: Sequence[Path]) -> int:
    """Run inputs through a target, the one that their names begin with by default. The first bug ends it."""
    for file in files:
        names = targets or [name for name in TARGETS if file.name.startswith(f"{name}-")]
        for name in names:
            guarded(TARGETS[name], file.read_bytes())
            print(f"{file}: {name} has no complaint")
    return 0


def _stat(log: str, name: str) -> int:
    found = re.search(rf"stat::{name}:\s+(\d+)", log)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    sys.exit(main())
