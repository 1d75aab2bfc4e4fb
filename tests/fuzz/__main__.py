"""`python -m tests.fuzz --seconds 60 [target ...]`: every target for its share of the time, one process each.

Prints executions per second and how much coverage grew beyond the committed corpus. Ends with status 1 when an input
crashed a target; the input lies in .fuzz/crashes then, and `--replay FILE` runs it again without atheris.
"""

from __future__ import annotations

import argparse
import os
import re
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sansio_tl.codec.index import MODULE_OF
from tests.fuzz.guard import guarded
from tests.fuzz.seeds import CORPUS
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".fuzz"
CRASHES = WORK / "crashes"
LONGEST = 1 << 14
"""Bytes of an input. Cost must be linear, and that shows in 16 KiB."""


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
    parser.add_argument("--seconds", type=float, default=60.0, help="for all targets together")
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
    for name in names:
        outcome = fuzz(name, arguments.seconds / len(names))
        outcomes.append(outcome)
        print(
            f"{name:18} {outcome.executions:11,} {outcome.per_second:11,} {outcome.covered:9,} {outcome.grown:9,} "
            f"{outcome.inputs:7,}" + (f"  CRASH: {outcome.crash}" if outcome.crash else ""),
            flush=True,
        )
        if arguments.keep:
            keep(name)
    crashed = [outcome for outcome in outcomes if outcome.crash]
    for outcome in crashed:
        print(f"\n{outcome.target}:\n{outcome.log}", file=sys.stderr)
    return 1 if crashed else 0


def fuzz(target: str, seconds: float) -> Outcome:
    """Fuzz one target. Its growing corpus lies in .fuzz, the committed one is only read."""
    found = WORK / "corpus" / target
    found.mkdir(parents=True, exist_ok=True)
    CRASHES.mkdir(parents=True, exist_ok=True)
    words = WORK / "words.dict"
    words.write_text("\n".join(dictionary()) + "\n", encoding="ascii")
    before = set(CRASHES.glob(f"{target}-*"))
    done = _atheris(
        target,
        f"-max_total_time={max(1, round(seconds))}",
        f"-max_len={LONGEST}",
        f"-dict={words}",
        f"-artifact_prefix={CRASHES}/{target}-",
        "-timeout=20",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
        str(found),
        str(CORPUS / target),
    )
    # A slow-unit is what libFuzzer finds slow while modules are still being imported; the guard has its own opinion.
    new = sorted(path for path in set(CRASHES.glob(f"{target}-*")) - before if "slow-unit" not in path.name)
    log = done.stderr + done.stdout
    features = [int(ft) for ft in re.findall(r"\bft: (\d+)", log)]
    coverage = [int(cov) for cov in re.findall(r"\bcov: (\d+)", log)]
    crashed = new[0] if new else (Path("no input was kept") if done.returncode else None)
    return Outcome(
        target,
        executions=_stat(log, "number_of_executed_units"),
        per_second=_stat(log, "average_exec_per_sec"),
        covered=coverage[-1] if coverage else 0,
        grown=features[-1] - features[0] if features else 0,
        inputs=sum(1 for _ in found.iterdir()),
        crash=crashed,
        log="\n".join(log.splitlines()[-40:]),
    )


def keep(target: str, most: int = 24, largest: int = 512) -> None:
    """Add some of what fuzzing has found to the committed corpus: small inputs, of sizes as different as they come.

    Each of them once reached what nothing before it had reached; which of them still do is not asked.
    """
    folder = CORPUS / target
    room = most - sum(1 for path in folder.iterdir() if not path.name.startswith("seed-"))
    committed = {path.read_bytes() for path in folder.iterdir()}
    found = {path.read_bytes(): path.name for path in (WORK / "corpus" / target).iterdir()}
    fresh = sorted((len(data), data) for data in found if len(data) <= largest and data not in committed)
    step = max(1, len(fresh) // room) if room > 0 else len(fresh) + 1
    for _, data in fresh[::step][: max(room, 0)]:
        (folder / found[data][:16]).write_bytes(data)


def replay(targets: Sequence[str], files: Sequence[Path]) -> int:
    """Run inputs through a target, the one that their names begin with by default. The first bug ends it."""
    for file in files:
        names = targets or [name for name in TARGETS if file.name.startswith(f"{name}-")]
        for name in names:
            guarded(TARGETS[name], file.read_bytes())
            print(f"{file}: {name} has no complaint")
    return 0


def dictionary() -> Iterator[str]:
    """Words that mean something in inputs: constructor ids, references, tags."""
    ids = [struct.pack("<I", number) for number, module in MODULE_OF.items() if module.endswith(("mtproto", "auth"))]
    ids += [struct.pack("<I", number) for number in list(MODULE_OF)[::40]]
    ids += [struct.pack("<I", number) for number in (0x1CB5C415, 0x997275B5, 0xBC799737, 0x3072CFA1)]
    words = [
        *ids,
        b"REQUEST0",
        b"REQUEST1",
        b"REQUEST2",
        b"SESSION_",
        b"\xfe\xff\xff\xff",
        b"\xee\xee\xee\xee",
        b"\xdd" * 4,
    ]
    words += [b"HTTP/1.1 200 OK\r\n", b"Content-Length: ", b"POST /api HTTP/1.1\r\n", b"GET /apiws HTTP/1.1\r\n"]
    words += [
        b"---functions---",
        b"flags:#",
        b"flags.0?",
        b"Vector<",
        b"vector<",
        b"{X:Type}",
        b"!X",
        b"%",
        b" = ",
        b"// LAYER ",
    ]
    for word in dict.fromkeys(words):
        yield '"' + "".join(f"\\x{byte:02x}" for byte in word) + '"'


def _atheris(target: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.fuzz.one", target, *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )


def _stat(log: str, name: str) -> int:
    found = re.search(rf"stat::{name}:\s+(\d+)", log)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    sys.exit(main())
