"""Targets under atheris.

python -m tests.fuzz.run_atheris TARGET [options of libFuzzer]     one target in this process
python -m tests.fuzz.run_atheris                                   targets on demand: see `serve`
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping

import atheris

from tests.fuzz.crash_criteria import Target, guarded


def main() -> None:
    """Fuzz the target that the command line names, or those that standard input does."""
    # Modules that are imported at first use are instrumented too: the context lasts as long as the process.
    # A program that PyInstaller has packed imports them with a loader of its own.
    with atheris.instrument_imports(include=["sansio_tl"], enable_loader_override=hasattr(sys, "frozen")):
        from tests.fuzz.targets import TARGETS

        if len(sys.argv) > 1:
            name = sys.argv.pop(1)
            _fuzz(TARGETS[name], sys.argv)
        else:
            serve(TARGETS)


def serve(targets: Mapping[str, Target]) -> None:
    """Import and instrument once, then fuzz in a fork for each line of standard input: a JSON object.

    `target`, `options` of libFuzzer, `log`, the file for its output. The answer is a line with the exit status.
    """
    from tests.fuzz.seeds import CORPUS

    for name, target in targets.items():
        for file in sorted((CORPUS / name).glob("seed-*")):
            with contextlib.suppress(Exception):  # a bug is for the fuzzer to report
                guarded(target, file.read_bytes())  # imports what it needs at first use
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            output = os.open(order["log"], os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
            for descriptor in (1, 2):
                os.dup2(output, descriptor)
            _fuzz(targets[order["target"]], [sys.argv[0], *order["options"]])
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _fuzz(target: Target, options: list[str]) -> None:
    """Never returns: libFuzzer ends the process."""
    atheris.Setup(options, lambda data: guarded(target, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
