"""Third-party proxies, each in another process: pproxy (SOCKS5, HTTP) and mtprotoproxy."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

MTPROXY = Path(__file__).parent / "programs" / "mtproxy.py"
SECRET = "0123456789abcdef0123456789abcdef"
DOMAIN = "example.com"
PPROXY = """
import asyncio, sys
sys.modules["uvloop"] = None  # it would take it, and then ask for a loop in a way that uvloop refuses
asyncio.set_event_loop(asyncio.new_event_loop())  # as newer Pythons do
from pproxy.server import main
main()
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@contextlib.contextmanager
def pproxy(kind: str, login: str = "") -> Iterator[str]:
    """A `socks5` or `http` proxy, for those who know `login` (USER:PASSWORD); its connection, without the login."""
    port = free_port()
    prompt = f"{kind}://127.0.0.1:{port}" + (f"#{login}" if login else "")
    # "--auth 0": authenticate every connection, and do not remember addresses.
    command = [sys.executable, "-W", "ignore", "-c", PPROXY, "--auth", "0", "-l", prompt]
    with _running(command):
        until = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
        yield f"{kind}://{{login}}127.0.0.1:{port}"


@contextlib.contextmanager
def mtproxy(data_center_port: int) -> Iterator[int]:
    """An MTProxy with `SECRET`; its port."""
    with _running([sys.executable, "-W", "ignore", str(MTPROXY), str(data_center_port), SECRET, DOMAIN]) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())


def secret(kind: str) -> str:
    """How the secret is written: `plain`, `dd` or `ee` (fake TLS)."""
    return {"plain": SECRET, "dd": f"dd{SECRET}", "ee": f"ee{SECRET}{DOMAIN.encode().hex()}"}[kind]


@contextlib.contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process
        finally:
            process.kill()
