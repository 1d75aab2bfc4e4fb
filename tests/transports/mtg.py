"""mtg, an MTProxy in Go, built from the Go module proxy.

    python -m tests.transports.mtg        build it, if it is missing (make test-proxies)

It runs as its authors release it. It knows Telegram's addresses only, so it connects through a SOCKS5 proxy on this
machine, which leads every connection to our data center; a connection that does not prove the secret would go on to the
web site of the secret, for which a closed port of this machine stands.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.transports.proxies import DOMAIN, SECRET, free_port

VERSION = "v2.2.8"
MODULE = "github.com/9seconds/mtg/v2"
PLACE = Path(__file__).resolve().parents[2] / ".cache" / "mtg"
PROGRAM = PLACE / f"mtg-{VERSION}"
GO_MOD = f"module program\n\ngo 1.26\n\nrequire {MODULE} {VERSION}\n"


def build() -> None:
    """Build the program. Raises OSError or CalledProcessError."""
    if PROGRAM.is_file():
        return
    PLACE.mkdir(parents=True, exist_ok=True)
    (PLACE / "go.mod").write_text(GO_MOD)
    command = ["go", "build", "-mod=mod", "-o", str(PROGRAM), MODULE]
    subprocess.run(command, cwd=PLACE, check=True, timeout=240, env={**os.environ, "CGO_ENABLED": "0"})


def need() -> Path:
    """The program. Without it the test is skipped, in CI too: a Go module proxy may be out of reach."""
    if not PROGRAM.is_file():
        pytest.skip("mtg is not built: python -m tests.transports.mtg (needs go)")
    return PROGRAM


@contextlib.contextmanager
def mtg(data_center_port: int) -> Iterator[int]:
    """An MTProxy that accepts only the secret of kind `ee`; its port."""
    program = need()
    port = free_port()
    with redirecting_socks(data_center_port) as socks:
        command = [str(program), "simple-run", f"--socks5-proxy=socks5://127.0.0.1:{socks}"]
        command += ["--domain-fronting-ip=127.0.0.1", f"--domain-fronting-port={free_port()}", "--prefer-ip=only-ipv4"]
        command += ["--doh-ip=127.0.0.1"]
        command += [f"127.0.0.1:{port}", f"ee{SECRET}{DOMAIN.encode().hex()}"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                until = time.monotonic() + 30
                while True:
                    with contextlib.suppress(OSError):
                        socket.create_connection(("127.0.0.1", port)).close()
                        break
                    assert process.poll() is None, "mtg has ended"
                    assert time.monotonic() < until, "mtg does not listen"
                    time.sleep(0.05)
                yield port
            finally:
                process.kill()


@contextlib.contextmanager
def redirecting_socks(target: int) -> Iterator[int]:
    """A SOCKS5 proxy that leads every connection to a port of this machine; its own port."""
    started: list[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = []
    ready = threading.Event()

    async def serve() -> None:
        end = asyncio.Event()
        server = await asyncio.start_server(lambda reader, writer: _redirect(reader, writer, target), "127.0.0.1", 0)
        started.append((asyncio.get_running_loop(), end, server.sockets[0].getsockname()[1]))
        ready.set()
        await end.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), name="redirecting SOCKS5 proxy")
    thread.start()
    assert ready.wait(10)
    loop, end, port = started[0]
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(10)


async def _redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: int) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        await reader.readexactly((await reader.readexactly(2))[1])
        writer.write(b"\x05\x00")
        *_, kind = await reader.readexactly(4)
        size = (await reader.readexactly(1))[0] if kind == 3 else {1: 4, 4: 16}[kind]
        await reader.readexactly(size + 2)
        there, onward = await asyncio.open_connection("127.0.0.1", target)
        writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        await asyncio.gather(_copy(reader, onward), _copy(there, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError), contextlib.closing(writer):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()


def main() -> int:
    """Build it; says what is missing where that is not possible."""
    if not PROGRAM.is_file() and shutil.which("go") is None:
        print("tests with mtg will be skipped: go is not installed", file=sys.stderr)
        return 0
    try:
        build()
    except (OSError, subprocess.SubprocessError) as error:
        print(f"tests with mtg will be skipped: it cannot be built ({error})", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
