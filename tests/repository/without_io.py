"""Runs the engine in a process where nothing but computing is allowed. A script: test_without_io.py starts it.

    python -m tests.repository.without_io [STATEMENT ...]

Everything is imported first. Then clocks, sources of randomness, files, sockets, threads and processes are made to
raise, and a user logs in, all in memory. The digest of every byte that passed is printed at the end. Each STATEMENT
is tried in the sealed process, and those that get through are printed: a seal that holds nothing proves nothing.
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
import in_memory_login  # noqa: E402  the path is set above

CLOCKS = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "process_time", "localtime", "sleep")
RANDOM = ("random", "randbytes", "getrandbits", "randrange", "choice", "shuffle", "Random")
AUDITED = ("open", "socket.", "subprocess.", "os.", "shutil.", "tempfile.", "ctypes.", "winreg.", "ssl.")


class SealBrokenError(BaseException):
    """Something reached out. Not an Exception, so that no handler of the engine's swallows it."""


def import_everything() -> None:
    """Every module of the engine, and what it imports when it is first used."""
    for module in pkgutil.walk_packages(sansio_tl.__path__, "sansio_tl."):
        import_module(module.name)
    in_memory_login.log_in()


def seal() -> Callable[[], None]:
    """Disable I/O, clocks and randomness; returns a function that enables them again."""
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


def get_through(statements: list[str]) -> list[str]:
    """Those of the statements that no seal stops."""
    through = []
    for statement in statements:
        try:
            exec(statement)
            through.append(statement)
        except SealBrokenError:
            pass
    return through


def main() -> None:
    statements = sys.argv[1:]
    import_everything()
    unseal = seal()
    try:
        wire = in_memory_login.log_in()
        through = get_through(statements)
    finally:
        unseal()
    print(hashlib.sha256(b"".join(wire)).hexdigest(), *through)


if __name__ == "__main__":
    main()
