"""`python -m tests.fuzz.compiled --inputs 100000`: the compiled codec against the one in Python, under sanitizers.

Both get the same bytes and the same values: the committed corpus, random values of every constructor, these with wrong
fields, their bytes damaged in random places. What the compiled codec returns without the other one behind it must be
what that returns; and it must leave nothing to the other one that the generated functions can do. (That these agree
with the interpreting codec is for tests and for the other targets.)

The extension is built with AddressSanitizer and UndefinedBehaviorSanitizer, and Python uses the allocator of the C
library, so that every access is seen. A report of theirs ends the process, and with it this program, with status 1.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import sysconfig
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any, NoReturn

from sansio_tl.codec import coder
from sansio_tl.tl.errors import DecodeError, EncodeError
from sansio_tl.tl.gzip_packed import GZIP_PACKED
from sansio_tl.tl.objects import Function, TLObject
from sansio_tl.tl.pure_codec import PureCodec
from tests.fuzz.random_values import damage, entries, random_object
from tests.fuzz.targets.codec import RESULTS, repr_all
from tests.helpers.codecs import ROOT, Declined, build, load, no_codec_behind

SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-O1", "-g")
CORPUS = ROOT / "tests" / "fuzz" / "corpus"
_REPORT_AFTER = 1_000_000
_WORDS = (0, 1, 2, 0x1CB5C415, 0x997275B5, 0xBC799737, GZIP_PACKED, 0xFE, 0xFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.compiled", description=__doc__.partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=100_000, help="how many, over all processes")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--plain", action="store_true", help="without sanitizers")
    parser.add_argument("--library", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.library:
        return work(arguments.library, arguments.seed, arguments.inputs)
    library = build() if arguments.plain else build(*SANITIZE)
    share = -(-arguments.inputs // arguments.jobs)
    command = [sys.executable, "-m", "tests.fuzz.compiled", "--library", str(library), "--inputs", str(share)]
    environment = {**os.environ, "SANSIO_TL_PURE": "1"} | ({} if arguments.plain else sanitized())
    print(f"seed {arguments.seed}, {library.name}{'' if arguments.plain else ' under ASan and UBSan'}", flush=True)
    workers = [
        subprocess.Popen([*command, "--seed", str(arguments.seed + job)], cwd=ROOT, env=environment)
        for job in range(arguments.jobs)
    ]
    statuses = [worker.wait() for worker in workers]
    return 1 if any(statuses) else 0


def sanitized() -> dict[str, str]:
    """The environment of a Python that loads a library with sanitizers in it."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    found = [
        subprocess.run(
            [compiler, f"-print-file-name={name}"], capture_output=True, text=True, check=True
        ).stdout.strip()
        for name in ("libasan.so", "libubsan.so")
    ]
    return {
        "LD_PRELOAD": " ".join(found),
        "PYTHONMALLOC": "malloc",
        # The interpreter leaks when it ends; for leaks of ours there are tests.
        "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    }


def work(library: Path, seed: int, inputs: int) -> int:
    """One process: compare until `inputs` were compared. The first difference ends it."""
    differ = Differ(load(library).Walker)
    rng = Random(seed)
    corpus, results = corpus_of("decode", "round_trip"), corpus_of("decode_result")
    began = time.monotonic()
    try:
        for data in corpus:
            differ.decode(data)
        for data in results:
            differ.decode_result(RESULTS[data[0] % len(RESULTS)] if data else RESULTS[0], data[1:])
        reported = 0
        while differ.inputs < inputs:
            one_value(differ, rng, corpus, results)
            if differ.inputs - reported >= _REPORT_AFTER:
                reported = differ.inputs
                print(differ.account(time.monotonic() - began), flush=True)
    except Exception as error:  # noqa: BLE001  a Difference, or an error where there must be none
        print(f"seed {seed}, input {differ.inputs}: {error!r}", file=sys.stderr)
        return 1
    print(differ.account(time.monotonic() - began), flush=True)
    return 0


def corpus_of(*targets: str) -> list[bytes]:
    """The committed corpus of these targets."""
    return [path.read_bytes() for name in targets for path in sorted((CORPUS / name).iterdir())]


def one_value(differ: Differ, rng: Random, corpus: list[bytes], results: list[bytes]) -> None:
    """A random value and what can be made of it: a dozen inputs."""
    value = random_object(rng)
    data = differ.encode(value)
    wrong = damage(rng, value)
    differ.encode(wrong)
    function = rng.choice(RESULTS)
    differ.encode_result(function, value)
    if data is None:
        return
    differ.decode(data)
    for _ in range(4):
        differ.decode(mutate(rng, data))
    differ.decode(mutate(rng, rng.choice(corpus)))
    differ.decode_result(function, data)
    mutated = mutate(rng, rng.choice(results))
    differ.decode_result(rng.choice(RESULTS), mutated[1:])


def mutate(rng: Random, data: bytes) -> bytes:
    """Damaged: words and bytes replaced, a piece cut out or doubled, the end cut off or added to."""
    damaged = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at = rng.randrange(len(damaged) // 4 + 1) * 4
        match rng.randrange(7):
            case 0:
                damaged[at : at + 4] = rng.choice(_WORDS).to_bytes(4, "little")
            case 1:
                damaged[at : at + 4] = rng.choice(entries()).combinator.id.to_bytes(4, "little")
            case 2 if damaged:
                damaged[rng.randrange(len(damaged))] = rng.randrange(256)
            case 3:
                del damaged[at : at + 4 * rng.randrange(4)]
            case 4:
                damaged[at:at] = damaged[at : at + 4 * rng.randrange(1, 8)]
            case 5:
                del damaged[rng.randrange(len(damaged) + 1) :]
            case _:
                damaged += rng.randbytes(rng.randrange(9))
    return bytes(damaged)


class Difference(Exception):
    """The two codecs do not agree."""


class FastOnly(PureCodec):
    """The generated functions without the interpreting codec: it would spend most of the time, on what is invalid."""

    def read(self, *_given: object) -> NoReturn:
        raise Declined

    def _write(self, *_given: object) -> NoReturn:
        raise Declined


class Differ:
    """Compares the compiled codec with the one in Python."""

    def __init__(self, walker: Any) -> None:
        self.alone = no_codec_behind(walker)
        self.fast = FastOnly(coder.tables, coder.registry)
        self.counts: Counter[str] = Counter()

    @property
    def inputs(self) -> int:
        return self.counts.total()

    def account(self, seconds: float) -> str:
        """How much was compared, without a difference."""
        counts = ", ".join(f"{count:,} {what}" for what, count in sorted(self.counts.items()))
        return f"{self.inputs:,} inputs, {self.inputs / seconds:,.0f} a second, 0 differences: {counts}"

    def encode(self, value: TLObject) -> bytes | None:
        """The bytes, if there are any."""
        return self._compare("encode", value)  # type: ignore[no-any-return]

    def decode(self, data: bytes) -> None:
        self._compare("decode", data)

    def encode_result(self, function: type[Function[object]], value: TLObject) -> None:
        self._compare("encode_result", function, value)

    def decode_result(self, function: type[Function[object]], data: bytes) -> None:
        self._compare("decode_result", function, data)

    def _compare(self, call: str, *given: Any) -> Any:
        expected = found = Declined
        with contextlib.suppress(Declined):
            expected = getattr(self.fast, call)(*given)
        with contextlib.suppress(Declined):
            found = getattr(self.alone, call)(*given)
        if found is Declined:
            if expected is not Declined:
                raise Difference(f"{call}{given!r}: only the generated functions know it")
            self.counts["left to the interpreting codec"] += 1
            return None
        if expected is Declined:  # here the compiled codec can do more: it must do what the interpreting one does
            try:
                expected = getattr(coder.pure, call)(*given)
            except (DecodeError, EncodeError) as error:
                raise Difference(f"{call}{given!r}: found {found!r}, expected {error!r}") from None
            self.counts["more than the generated functions can do"] += 1
        else:
            self.counts["compared"] += 1
        # A not-a-number differs from itself, and True does not differ from 1.
        thorough = found != expected or self.inputs % 8 == 0
        if thorough and repr_all(found) != repr_all(expected):
            raise Difference(f"{call}{given!r}: found {found!r}, expected {expected!r}")
        return expected


if __name__ == "__main__":
    sys.exit(main())
