"""Runs cases with a client under test: for each one a server of its own, and the client's program in a process.

The program gets the server in its environment: HOST, PORT, PUBLIC_KEY (a PEM file), FINGERPRINT, DC, PHONE, CODE,
PASSWORD, API_ID, API_HASH and, with a proxy secret, PROXY_SECRET. It logs in, makes any two calls, and exits with
status 0.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from sansio_tl import Schema
from sansio_tl.conformance.behavior import Observed
from sansio_tl.conformance.case import Case, CaseResult, CaseVerdict, Ending, Finding, Judgement
from sansio_tl.conformance.faulty_server import ClientRun, ServedConnection, ServerBehavior, SuiteDataCenter
from sansio_tl.crypto.rsa import RsaPrivateKey
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.testing import DataCenterConfig
from sansio_tl.testing.sandbox import PASSWORD
from sansio_tl_transports.conformance.results import last_line

REPETITIONS = 2
"""Further runs of a case at most, while a number of the peer's handshake begins with zero and it does not pass."""
_TICK = 0.05
"""Seconds between two looks at a run."""
_START_TIME = 60.0
"""Seconds that a client has at least to start and connect."""
_PIECE_PAUSE = 0.002
"""Seconds between two pieces, where bytes are written in pieces."""
_READ_SIZE = 1 << 16
_OUTPUT_TIMEOUT = 1.0
"""Seconds until the output of a client that has ended counts as read, if another process keeps it open."""
_KEPT_OUTPUT = 4000
"""Bytes of what a client has written to its standard error that are kept, from the end."""


class ClientStartError(Exception):
    """The client's program cannot be started."""


def make_key() -> RsaPrivateKey:
    """A key of a server. Its fingerprint does not begin with a zero digit, which mtcute cannot handle."""
    while True:
        key = RsaPrivateKey.generate(os.urandom)
        if key.fingerprint >> 60 & 0xF:
            return key


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """How clients are run."""

    command: Sequence[str]
    dc_id: int = 2
    schemas: Mapping[int, Schema] = field(default_factory=dict)
    time_limit: float = 30.0
    """Seconds for one run, from the client's first connection on."""
    patience: float = 1.0
    """By how much a client may be slower than usual, on a busy machine: all times are multiplied by it."""
    private_key: RsaPrivateKey = field(default_factory=make_key)
    proxy_secret: ProxySecret | None = field(default=None, repr=False)
    """The server is an MTProxy with this secret, too."""


@dataclass(slots=True)
class _Ended:
    """A run that is over."""

    run: ClientRun
    judgement: Judgement
    seconds: float
    output: str


class ClientSuite:
    """Runs cases with one client. Controls, and cases that only observe, share their runs."""

    def __init__(self, options: ClientOptions) -> None:
        self._options = options
        self._controls: dict[Callable[[], object], asyncio.Task[_Ended]] = {}
        self._observed: asyncio.Task[_Ended] | None = None
        self._directory = tempfile.TemporaryDirectory(prefix="sansio-tl-conform-")
        self._key_file = Path(self._directory.name) / "server.pem"
        self._key_file.write_text(options.private_key.public_key.to_pem(), encoding="ascii")

    def close(self) -> None:
        """Remove its files."""
        self._directory.cleanup()

    async def run(self, case: Case, slots: asyncio.Semaphore) -> CaseResult:
        """Run a case, and its control before it, unless that was run for another one."""
        begun = time.monotonic()
        control = None if case.control is None else await self._control(case.control, slots)
        if control is not None and control.judgement.finding is not Finding.CORRECT:
            last = _last_line(control.output) if control.run.connections and control.run.exit_status else ""
            reason = f"the client fails without the fault, too: {control.judgement.reason}{last}"
            return _outcome(case, control, CaseVerdict.UNREACHABLE, reason, time.monotonic() - begun)
        behavior = _behavior(case.make)
        if isinstance(behavior, Observed):
            if self._observed is None:
                self._observed = self._begin(ServerBehavior, slots)
            shared = await asyncio.shield(self._observed)
            judgement = _with_last_line(behavior.on_end(shared.run), shared.run, shared.output)
            ended = _Ended(shared.run, judgement, shared.seconds, shared.output)
        else:
            ended = await self._in_slot(case.make, slots)
        verdict = case.verdict(ended.judgement.finding)
        return _outcome(case, ended, verdict, ended.judgement.reason, ended.seconds)

    async def _control(self, make: Callable[[], object], slots: asyncio.Semaphore) -> _Ended:
        if make not in self._controls:
            self._controls[make] = self._begin(make, slots)
        return await asyncio.shield(self._controls[make])

    def _begin(self, make: Callable[[], object], slots: asyncio.Semaphore) -> asyncio.Task[_Ended]:
        """A run that several cases wait for. When the suite has ended before it fails, its error is dropped."""
        task = asyncio.create_task(self._in_slot(make, slots))
        task.add_done_callback(lambda ended: None if ended.cancelled() else ended.exception())
        return task

    async def _in_slot(self, make: Callable[[], object], slots: asyncio.Semaphore) -> _Ended:
        """A run, or a further one: a client that drops leading zeros fails one of 128 handshakes, whatever the case."""
        async with slots:
            ended = await self._once(_behavior(make))
            for _ in range(REPETITIONS):
                if ended.judgement.finding is Finding.CORRECT or not ended.run.has_leading_zero:
                    break
                ended = await self._once(_behavior(make))
            return ended

    async def _once(self, behavior: ServerBehavior) -> _Ended:
        """One run: a server, a process, and the judgement."""
        options = self._options
        begun = time.monotonic()
        epoch = time.time() - begun

        def now() -> float:
            return epoch + time.monotonic()

        config = DataCenterConfig(dc_id=options.dc_id, private_key=options.private_key, schemas=options.schemas)
        data_center = SuiteDataCenter(config, entropy=os.urandom, now=now())
        run = ClientRun(
            behavior,
            data_center,
            entropy=os.urandom,
            now=now(),
            patience=options.patience,
            proxy_secret=options.proxy_secret,
        )
        changed = asyncio.Event()
        tasks: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(_serve(run, reader, writer, now, changed))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()[:2]
        for dc_id in range(1, 6):  # a client that is to migrate finds the same server
            data_center.announce(host, port, dc_id=dc_id)
        with contextlib.closing(server), _Output() as output:
            process = await self._start(behavior, host, port, output.descriptor)
            output.start()
            waiting = asyncio.create_task(process.wait())
            try:
                judgement = await self._watch(run, waiting, now, changed, begun)
            finally:
                _kill(process)
                waiting.cancel()
                await process.wait()
                for task in tuple(tasks):
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            written = await output.read()
            return _Ended(run, _with_last_line(judgement, run, written), time.monotonic() - begun, written)

    async def _watch(
        self,
        run: ClientRun,
        waiting: asyncio.Task[int],
        now: Callable[[], float],
        changed: asyncio.Event,
        begun: float,
    ) -> Judgement:
        waiting.add_done_callback(lambda _: changed.set())
        while True:
            if waiting.done() and run.exit_status is None:
                await asyncio.sleep(_TICK)  # what it has sent last may still be on its way
                run.exited(waiting.result(), now=now())
            judgement = run.judge(now=now())
            if judgement is not None:
                return judgement
            options = self._options
            if not run.connections:
                is_over = time.monotonic() - begun > max(_START_TIME, options.time_limit) * options.patience
            else:
                is_over = run.now - run.connections[0].opened_at > options.time_limit * options.patience
            if is_over:
                return run.conclude(now=now())
            changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), _TICK)

    async def _start(self, behavior: ServerBehavior, host: str, port: int, output: int) -> asyncio.subprocess.Process:
        options = self._options
        environment = {
            **os.environ,
            "HOST": host,
            "PORT": str(port),
            "PUBLIC_KEY": str(self._key_file),
            "FINGERPRINT": str(options.private_key.public_key.fingerprint),
            "DC": str(options.dc_id),
            "PHONE": f"99966{options.dc_id}{behavior.phone_suffix}",
            "CODE": str(options.dc_id) * 5,
            "PASSWORD": PASSWORD,
            "API_ID": "1",
            "API_HASH": "hash",
        }
        if options.proxy_secret is not None:
            environment["PROXY_SECRET"] = options.proxy_secret.to_hex()
        try:
            return await asyncio.create_subprocess_exec(
                *options.command,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        except OSError as error:
            raise ClientStartError(f"cannot start {options.command[0]}: {error.strerror}") from error


async def _serve(
    run: ClientRun,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    now: Callable[[], float],
    changed: asyncio.Event,
) -> None:
    """One connection of the client."""
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection = run.accept(now=now())
    pending: asyncio.Task[bytes] | None = None
    try:
        while not connection.closed:
            pending = pending or asyncio.create_task(reader.read(1 << 16))
            await asyncio.wait({pending}, timeout=_TICK)
            if pending.done():
                data = pending.result()
                pending = None
                connection.receive_data(data, now=now())
            else:
                connection.handle_deadline(now=now())
            changed.set()
            await _write(connection, writer, now)
    except (OSError, asyncio.IncompleteReadError):
        connection.lost(now=now())
    finally:
        if pending is not None:
            pending.cancel()
        changed.set()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _write(connection: ServedConnection, writer: asyncio.StreamWriter, now: Callable[[], float]) -> None:
    pieces = connection.pieces_to_send(now=now())
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        if len(pieces) > 1:
            await asyncio.sleep(_PIECE_PAUSE)


def _kill(process: asyncio.subprocess.Process) -> None:
    """End the client and the processes that it has started: they form a group of their own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _with_last_line(judgement: Judgement, run: ClientRun, output: str) -> Judgement:
    """For a client that did not connect, what it wrote last says why."""
    if run.connections or judgement.finding is not Finding.NOT_REACHED:
        return judgement
    return Judgement(judgement.finding, f"{judgement.reason}{_last_line(output)}")


def _last_line(output: str) -> str:
    """A colon and the last line of a client's output; empty if there is none."""
    last = last_line(output)
    return f": {last}" if last else ""


def _behavior(make: Callable[[], object]) -> ServerBehavior:
    behavior = make()
    if not isinstance(behavior, ServerBehavior):
        raise TypeError("this is no case for clients")
    return behavior


class _Output:
    """What a client writes: all of it is read, and its end is kept.

    A thread reads it: a process that the client leaves behind may keep the pipe open.
    """

    def __init__(self) -> None:
        self._pipe, self.descriptor = os.pipe()
        """`descriptor` is for the client's process."""
        self._kept = b""
        self._reading = threading.Thread(target=self._read, name="output of a client", daemon=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._reading.ident:  # the client was not started
            os.close(self.descriptor)
            os.close(self._pipe)

    def start(self) -> None:
        """The client's process has been started."""
        os.close(self.descriptor)
        self._reading.start()

    async def read(self) -> str:
        """The end of the output, after the end of the client."""
        await asyncio.to_thread(self._reading.join, _OUTPUT_TIMEOUT)
        return self._kept.decode("utf-8", "replace")

    def _read(self) -> None:
        try:
            while data := os.read(self._pipe, _READ_SIZE):
                self._kept = (self._kept + data)[-_KEPT_OUTPUT:]
        finally:
            os.close(self._pipe)


def _outcome(case: Case, ended: _Ended, verdict: CaseVerdict, reason: str, seconds: float) -> CaseResult:
    run = ended.run
    ending = run.ending
    if ending is Ending.CRASHED:
        verdict = CaseVerdict.FAIL
    return CaseResult(case, verdict, reason, ending, seconds, tuple(run.transcript), ended.output)


def control_runs(cases: Sequence[Case]) -> Iterator[Callable[[], object]]:
    """The controls of cases, each once."""
    yield from dict.fromkeys(case.control for case in cases if case.control is not None)
