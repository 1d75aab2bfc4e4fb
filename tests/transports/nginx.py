"""nginx from Debian in front of a data center, set up as docs/examples/nginx.conf says."""

from __future__ import annotations

import contextlib
import getpass
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.transports.certificates import pems
from tests.transports.debian_packages import need
from tests.transports.proxies import free_port

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "nginx.conf"
_AROUND = """
worker_processes 1;
error_log error.log;
pid nginx.pid;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    {example}
}}
"""


@dataclass(frozen=True)
class Front:
    """nginx that is running."""

    address: tuple[str, int]
    tls_address: tuple[str, int]


@contextlib.contextmanager
def nginx(data_center_port: int, *, keepalive: bool = True) -> Iterator[Front]:
    """nginx in front of the data center on that port, with and without TLS.

    With `keepalive` it keeps connections to the data center and sends over each whatever any client says next; without
    it, as it does by itself, it opens one for each request.
    """
    program = need("nginx")
    front = Front(("127.0.0.1", free_port()), ("127.0.0.1", free_port()))
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        for name, pem in zip(("certificate.pem", "key.pem"), pems(), strict=True):
            (place / name).write_bytes(pem)
        (place / "nginx.conf").write_text(_configuration(front, data_center_port, keepalive=keepalive))
        log = place / "error.log"
        command = [program, "-p", directory, "-e", str(log), "-c", str(place / "nginx.conf"), "-g", "daemon off;"]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                for address in (front.address, front.tls_address):
                    _wait_for(address, process, log)
                yield front
            finally:
                process.send_signal(signal.SIGTERM)  # SIGKILL would leave its worker behind


def _configuration(front: Front, data_center_port: int, *, keepalive: bool) -> str:
    """The example with other ports; it has to be as we know it."""
    changes = {
        "127.0.0.1:4430": f"127.0.0.1:{data_center_port}",
        "listen 80;": f"listen 127.0.0.1:{front.address[1]};",
        "listen 443 ssl;": f"listen 127.0.0.1:{front.tls_address[1]} ssl;",
    }
    if not keepalive:
        changes |= {"keepalive 4;": "", 'proxy_http_version 1.1;\n        proxy_set_header Connection "";': ""}
    example = EXAMPLE.read_text()
    for old, new in changes.items():
        assert example.count(old) == 1, old
        example = example.replace(old, new)
    user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    return user + _AROUND.format(example=example)


def _wait_for(address: tuple[str, int], process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(address).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"nginx does not start: {log.read_text()}") from None
            time.sleep(0.05)
