"""The engine performs no I/O: no I/O, no clock, no randomness of its own, no assert on what a peer sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repository.scan import ENGINE, ENVIRONMENT, ROOT, engine_files, findings


@pytest.mark.parametrize("path", engine_files(), ids=lambda path: str(Path(path).relative_to(ENGINE)))
def test_engine_file_uses_no_io_clock_or_randomness(path: Path) -> None:
    found = findings(path.read_text(), str(path.relative_to(ROOT)))
    assert not found, "\n" + "\n".join(map(str, found))


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import socket", "import socket"),
        ("import os.path", "import os.path"),
        ("def f():\n    import time\n", "import time"),
        ("from time import monotonic as now", "from time import monotonic"),
        ("from random import Random", "from random import Random"),
        ("import asyncio.events", "import asyncio.events"),
        ("from pathlib import Path", "from pathlib import Path"),
        ("from importlib import resources", "from importlib import resources"),
        ("import importlib.resources", "import importlib.resources"),
        ("import requests", "import requests"),
        ("from hypothesis import given", "from hypothesis import given"),
        ("from .role import Role", "relative import"),
        ("open('schema/api.tl')", "call of open()"),
        ("def f(path): return path.read_text()", "call of read_text()"),
        ("import datetime\ndatetime.datetime.now(datetime.UTC)", "call of now()"),
        ("from datetime import date\ndate.today()", "call of today()"),
        ("from datetime import datetime\ndatetime.utcnow()", "call of utcnow()"),
        ("print('here')", "call of print()"),
        ("import sys\nsys.stderr.write('x')", "sys.stderr"),
        ("__import__('socket')", "call of __import__()"),
        (
            "from cryptography.hazmat.primitives.asymmetric import rsa\nrsa.generate_private_key(65537, 2048)",
            "call of generate_private_key()",
        ),
        ("def f(data): assert len(data) == 4", "assert"),
    ],
)
def test_scan_finds_a_planted_violation(source: str, what: str) -> None:
    assert [finding.what for finding in findings(source)] == [what]


def test_scan_accepts_pure_code() -> None:
    source = """
from __future__ import annotations
import hashlib, hmac, struct, zlib
from collections.abc import Callable
from cryptography.hazmat.primitives.ciphers import Cipher
from sansio_tl.role import Role
def due(now: float, deadline: float) -> bool: return now >= deadline
def due_in(timer: Timer, deadline: float) -> bool: return timer.now() >= deadline
"""
    assert findings(source) == []


def test_scan_allows_one_file_to_read_the_environment() -> None:
    path, module, name = ENVIRONMENT
    source = f"from {module} import {name}"
    assert findings(source, path) == []
    assert [finding.what for finding in findings(source)] == [source]
    for more in ("from os import urandom", "from os import environ, urandom", "import os"):
        assert findings(more, path) != []


def test_scan_sees_the_whole_engine() -> None:
    assert ENGINE / "__init__.py" in engine_files()
    assert ENGINE / "errors" / "protocol.py" in engine_files()
