"""Servers of Redis and PostgreSQL from Debian, which tests can stop, kill and start again."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import redis

from tests.transports.debian_packages import need
from tests.transports.proxies import free_port

_PATIENCE = 60.0


class ServerProcess:
    """A server that is running, or was."""

    def __init__(
        self, command: list[str], url: str, responds: Callable[[], object], folder: Path, **options: Any
    ) -> None:
        self.url = url
        self._command = command
        self._responds = responds
        self._options = options
        self._log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server, and wait until it responds."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, **self._options)
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                self._responds()
                return
            except (redis.ConnectionError, psycopg.OperationalError) as error:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise AssertionError(self._log.read_text("utf-8", "replace")) from error
            time.sleep(0.05)

    def signal(self, number: int) -> None:
        """Send a signal to the server, such as SIGSTOP: it then accepts connections and never answers."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """As a crash of the computer."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()
            self._process = None


@contextlib.contextmanager
def redis_server(*arguments: str) -> Iterator[ServerProcess]:
    """Redis, which writes everything to disk before it answers."""
    program, port = need("redis-server"), free_port()
    with tempfile.TemporaryDirectory() as name:
        settings = ["--port", str(port), "--bind", "127.0.0.1", "--dir", name, "--save", "", "--appendonly", "yes"]
        url = f"redis://127.0.0.1:{port}/0"
        client = redis.Redis.from_url(url, socket_timeout=1.0)
        server = ServerProcess(
            [program, *settings, "--appendfsync", "always", *arguments], url, client.ping, Path(name)
        )
        try:
            server.start()
            yield server
        finally:
            client.close()
            server.kill()


@contextlib.contextmanager
def postgres_server() -> Iterator[ServerProcess]:
    """PostgreSQL, which refuses to run as root: then it runs as the user that the package has made."""
    program, port = Path(need("postgres")).resolve(), free_port()
    options: dict[str, Any] = {}
    folder = Path(tempfile.mkdtemp())
    try:
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(folder, user.pw_uid, user.pw_gid)
        data = folder / "data"
        initdb = [str(program.with_name("initdb")), "-D", str(data), "-U", "tester", "--auth=trust", "-E", "UTF8"]
        subprocess.run([*initdb, "--no-locale"], check=True, stdout=subprocess.DEVNULL, cwd=folder, **options)
        settings = ["-p", str(port), "-h", "127.0.0.1", "-k", str(folder)]
        url = f"postgresql://tester@127.0.0.1:{port}/postgres"

        def responds() -> None:
            psycopg.connect(url, connect_timeout=2).close()

        server = ServerProcess([str(program), "-D", str(data), *settings], url, responds, folder, cwd=folder, **options)
        try:
            server.start()
            yield server
        finally:
            server.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
