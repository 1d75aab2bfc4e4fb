"""Runs cases with our client and server for `tests.conformance.sharpness`, each time with another mutated engine.

It reads jobs from the standard input and writes what each has found, one line of JSON each. For each job the
process forks: the suite is imported once, and the engine under test anew.

    {".../sansio_tl/limits.py": "the mutated module"}
    {"pq-is-zero": "correct", "pq-is-one": "violated", ...}
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from importlib import import_module
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from sansio_tl.conformance.case import Case, Finding, Judgement

_TOO_LONG = 3.0
"""Seconds of processor time for one case; without a mutant none takes a second."""
_MOST_HUNG = 3
"""Cases that take too long, after which no other one is run."""
HUNG, CRASHED = "hung", "crashed"
SUITE_FAILED, CONTROL_FAILED = "the suite has failed", "the control has failed"
"""Findings beside those of a case."""
_OF_CLIENT, _OF_SERVER = {"client", "auth"}, {"server", "testing"}
_UNDER_TEST = (
    "tests.conformance.own_client",
    "tests.conformance.own_server",
    "tests.conformance.in_memory",
    "tests.conformance.in_memory_client",
)
"""Modules that are imported again for each job, because of the engine under test."""
_PACKAGE = "sansio" + "_tl"
"""The package under test, and the beginning of the name of the adapters: the suite's own copy has another name."""


_Run = Callable[[], Judgement]


class _HungError(BaseException):
    """A case has computed for too long."""


class _ChangedText(SourceLoader):
    """Imports a module from a changed text."""

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._text = text

    def get_filename(self, fullname: str) -> str:
        """The file of the module."""
        return self._path

    def get_data(self, path: str | os.PathLike[str] | bytes) -> bytes:
        """The text in place of the file's."""
        return self._text.encode()


class _Mutated(MetaPathFinder):
    """Finds the modules whose texts were changed."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """`texts` of files."""
        self._files = {_module_name(Path(path)): (path, text) for path, text in texts.items()}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """For these modules only."""
        if fullname not in self._files:
            return None
        file, text = self._files[fullname]
        folder = [str(Path(file).parent)] if file.endswith("__init__.py") else None
        return spec_from_file_location(
            fullname, file, loader=_ChangedText(file, text), submodule_search_locations=folder
        )


def _is_only(texts: Mapping[str, str], folders: set[str]) -> bool:
    """Whether all that was changed is in such folders, and so used by one side only."""
    return bool(texts) and all(folders & {*Path(path).parts[:-1]} for path in texts)


def _module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[parts.index(_PACKAGE) :]).removesuffix(".__init__")


def _end_case(number: int, frame: object) -> None:
    raise _HungError


class Findings:
    """The process from which others fork. It knows the powers and hashes that the suite needs without a mutant."""

    def __init__(self) -> None:
        _remember(hashlib, "pbkdf2_hmac")
        with suppress(ImportError):
            _remember_powers()
        from sansio_tl.conformance import faulty_client

        self._factors: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        _remember(faulty_client, "factorize")
        self.of({})
        for name in [*sys.modules]:
            if name.startswith(_PACKAGE) or name in _UNDER_TEST:
                del sys.modules[name]

    def of(self, texts: Mapping[str, str]) -> dict[str, str]:
        """What the cases find with these files changed; without those of the side that does not use them.

        A peer that crashes or hangs does the wrong thing, too; if too many cases hang, the rest is not run. A case
        whose control fails is not run, as in the suite.
        """
        sys.meta_path.insert(0, _Mutated(texts))
        from sansio_tl.conformance.client_cases import CLIENT_CASES
        from sansio_tl.conformance.server_cases import SERVER_CASES

        own_client, _, in_memory, in_memory_client = map(import_module, _UNDER_TEST)

        if not any(path.endswith("factorization.py") for path in texts):
            own_client.remember_factors(self._factors)
        signal.signal(signal.SIGVTALRM, _end_case)
        runs: list[tuple[Case, _Run, _Run]] = []
        if not _is_only(texts, _OF_SERVER):
            run, control = in_memory_client.run_client_case, in_memory_client.run_control
            runs += [
                (case, partial(_second, run, case, full=case.check == "TR5"), partial(control, case))
                for case in CLIENT_CASES
            ]
        if not _is_only(texts, _OF_CLIENT):
            run, control = in_memory.run_server_case, in_memory.run_server_control
            runs += [(case, partial(_second, run, case), partial(control, case)) for case in SERVER_CASES]
        found: dict[str, str] = {}
        controls: dict[object, str] = {}
        for case, run, control in runs:
            if case.control is not None and case.control not in controls:
                controls[case.control] = _finding(control)
            if controls.get(case.control, Finding.CORRECT.value) != Finding.CORRECT.value:
                found[case.name] = CONTROL_FAILED
            else:
                found[case.name] = _finding(run)
            if list(found.values()).count(HUNG) >= _MOST_HUNG:
                break
        return found


def _second(run: Callable[..., tuple[object, Judgement]], case: Case, **settings: bool) -> Judgement:
    return run(case, **settings)[1]


def _finding(run: _Run) -> str:
    signal.setitimer(signal.ITIMER_VIRTUAL, _TOO_LONG)
    try:
        return run().finding.value
    except _HungError:
        return HUNG
    except Exception as error:  # noqa: BLE001
        return CRASHED if _raised_by_peer(error) else SUITE_FAILED
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _remember(module: ModuleType, name: str) -> None:
    setattr(module, name, cache(getattr(module, name)))


def _remember_powers() -> None:
    import gmpy2

    compute = gmpy2.powmod_exp_list
    power = cache(lambda base, exponent, modulus: compute(base, [exponent], modulus))
    gmpy2.powmod_exp_list = lambda base, exponents, modulus: power(base, exponents[0], modulus)


def _raised_by_peer(error: BaseException) -> bool:
    """Whether an exception comes out of the peer: the suite, too, can fail over what a mutated engine sends."""
    frames = traceback.extract_tb(error.__traceback__)
    return any(_PACKAGE in Path(frame.filename).parts for frame in frames)


def _serve() -> None:
    findings = Findings()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            print(json.dumps(findings.of(json.loads(line))), flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            print("{}", flush=True)


if __name__ == "__main__":
    _serve()
