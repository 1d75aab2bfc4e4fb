"""One target under atheris, in a process of its own: `python -m tests.fuzz.one TARGET [options of libFuzzer]`."""

from __future__ import annotations

import sys

import atheris


def main() -> None:
    name = sys.argv.pop(1)
    # Modules that are imported at first use are instrumented too: the context lasts as long as the process.
    with atheris.instrument_imports(include=["sansio_tl"], enable_loader_override=False):
        from tests.fuzz.guard import guarded
        from tests.fuzz.targets import TARGETS

        target = TARGETS[name]
        atheris.Setup(sys.argv, lambda data: guarded(target, data))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
