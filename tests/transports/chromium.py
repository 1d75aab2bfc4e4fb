"""A page in Debian's Chromium, headless, and what it reports."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.server
import json
import os
import queue
import signal
import socketserver
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.transports.certificates import pems
from tests.transports.debian_packages import need

PAGE = Path(__file__).parent / "programs" / "browser.html"
PATIENCE = 120
"""Seconds for the browser to start, and for the page to do its work."""


def visit(*proxies: tuple[str, str]) -> tuple[str, dict[str, Any]]:
    """Let the page try these: (`websocket` or `http`, URL). Its origin, and what it reports of each URL."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory, Host() as host:
        options = [
            f"--ignore-certificate-errors-spki-list={_pin()}",
            "--remote-debugging-port=0",  # keeps it open after the page has loaded
            f"{host.origin}/?{urlencode(proxies)}",
        ]
        with _running([*_command(directory), *options]):
            return host.origin, host.reports.get(timeout=PATIENCE)


def first_bytes(name: str) -> bytes:
    """The first record that the browser sends when it opens https://NAME."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory, closed_after_hello() as (port, hellos):
        options = [f"--host-resolver-rules=MAP {name} 127.0.0.1", f"https://{name}:{port}/"]
        with _running([*_command(directory), *options]):
            return hellos.get(timeout=PATIENCE)


@contextlib.contextmanager
def closed_after_hello() -> Iterator[tuple[int, queue.Queue[bytes]]]:
    """A port that reads one TLS record of each connection, and the records."""
    hellos: queue.Queue[bytes] = queue.Queue()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            header = self.rfile.read(5)
            hellos.put(header + self.rfile.read(int.from_bytes(header[3:], "big")))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1], hellos
        finally:
            server.shutdown()


def _command(directory: str) -> list[str]:
    return [
        need("chromium"),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={directory}",
    ]


@contextlib.contextmanager
def _running(command: list[str]) -> Iterator[None]:
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # the session is this browser's alone


class Host:
    """Serves the page on a port, and so an origin, of its own."""

    def __init__(self) -> None:
        self.reports: queue.Queue[dict[str, Any]] = queue.Queue()
        reports = self.reports

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(PAGE.read_bytes(), "text/html; charset=utf-8")

            def do_POST(self) -> None:
                reports.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self._answer(b"", "text/plain")

            def _answer(self, body: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Discard it."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _pin() -> str:
    """The tests' own certificate, in the form that Chromium trusts."""
    key = x509.load_pem_x509_certificate(pems()[0]).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(spki).digest()).decode()
