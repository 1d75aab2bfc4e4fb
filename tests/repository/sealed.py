"""Runs the engine in a process where nothing but computing is allowed. A script: test_sealed.py starts it.

    python -m tests.repository.sealed [STATEMENT]

Everything is imported first. Then clocks, sources of randomness, files, sockets, threads and processes are made to
raise, and a person logs in, all in memory. The digest of every byte that passed is printed at the end. STATEMENT is run
in the sealed process, to show that the seals hold.
"""

from __future__ import annotations

import builtins
import hashlib
import os
import pkgutil
import random
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import sansio_tl

DOCS = Path(__file__).resolve().parents[2] / "docs"
sys.path[:0] = [str(DOCS / "_ext"), str(DOCS / "examples")]
import rehearsal  # noqa: E402  the path is set above

CLOCKS = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "process_time", "localtime", "sleep")
RANDOM = ("random", "randbytes", "getrandbits", "randrange", "choice", "shuffle", "Random")
AUDITED = ("open", "socket.", "subprocess.", "os.", "shutil.", "tempfile.", "ctypes.", "winreg.", "ssl.")


class SealBrokenError(BaseException):
    """Something reached out. Not an Exception, so that no handler of the engine's swallows it."""


def import_everything() -> None:
    """Every module of the engine; what they load from files is loaded now."""
    for module in pkgutil.walk_packages(sansio_tl.__path__, "sansio_tl."):
        import_module(module.name)


def seal() -> Callable[[], None]:
    """Close every window; returns what opens them again."""
    closed = True

    def raiser(name: str) -> Callable[..., NoReturn]:
        def reach_out(*_args: object, **_kwargs: object) -> NoReturn:
            raise SealBrokenError(name)

        return reach_out

    def audit(event: str, _arguments: object) -> None:
        if closed and event.startswith(AUDITED):
            raise SealBrokenError(event)

    patches: list[tuple[object, str]] = [
        *((time, name) for name in CLOCKS),
        *((random, name) for name in RANDOM),
        *((secrets, name) for name in ("token_bytes", "randbits", "choice", "token_hex")),
        (os, "urandom"),
        (socket, "socket"),
        (threading.Thread, "start"),
        *((builtins, name) for name in ("open", "print", "input")),
    ]
    kept = [(holder, name, getattr(holder, name)) for holder, name in patches]
    for holder, name in patches:
        setattr(holder, name, raiser(name))
    sys.addaudithook(audit)

    def unseal() -> None:
        nonlocal closed
        closed = False
        for holder, name, value in kept:
            setattr(holder, name, value)

    return unseal


def main() -> None:
    planted = compile(sys.argv[1] if len(sys.argv) > 1 else "pass", "<planted>", "exec")
    import_everything()
    unseal = seal()
    try:
        wire = rehearsal.rehearse()
        exec(planted)
    finally:
        unseal()
    print(hashlib.sha256(b"".join(wire)).hexdigest())


if __name__ == "__main__":
    main()
