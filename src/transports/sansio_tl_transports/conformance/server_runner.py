"""Runs cases with a server under test: carries out the steps of a case on sockets."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from sansio_tl.conformance.case import Case, CaseResult, CaseVerdict, Finding, Judgement
from sansio_tl.conformance.faulty_client import (
    EnterCode,
    FaultyClient,
    HandshakeRefusedError,
    OpenConnection,
    Received,
    Script,
    ScriptStep,
    ServerTarget,
    Write,
)
from sansio_tl_transports.conformance.client_runner import REPETITIONS

_PIECE_PAUSE = 0.002
_CONNECT_TIMEOUT = 5.0
_MAX_READ = 1 << 16
_CODE_TIMEOUT = 20.0
"""Seconds for the command that prints a code."""
_LOGIN = "login"
"""The tag of cases in which codes are sent: they run one after another, as a server may know one code of a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """A server under test."""

    host: str
    port: int
    target: ServerTarget
    time_limit: float = 30.0
    """Seconds for one case."""
    code_command: Sequence[str] = ()
    """A program that prints the code which the server has sent to PHONE, with PHONE_CODE_HASH, in its environment."""


class CodeCommandError(Exception):
    """The command that prints codes cannot be started."""


class _Socket:
    """The connection of a case."""

    def __init__(self, options: ServerOptions) -> None:
        self._options = options
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def take(self, step: ScriptStep) -> bytes | None:
        """Carry out a step. None for a connection that failed, and for nothing received."""
        if isinstance(step, OpenConnection):
            return await self._connect()
        if isinstance(step, Write):
            await self._write(step.pieces)
            return None
        if isinstance(step, EnterCode):
            return await _code(self._options.code_command, step)
        if self._reader is None:
            return b""
        try:
            async with asyncio.timeout(step.seconds):
                return await self._reader.read(_MAX_READ)
        except TimeoutError:
            return None
        except OSError:
            return b""

    async def _connect(self) -> bytes | None:
        await self.close()
        options = self._options
        try:
            async with asyncio.timeout(_CONNECT_TIMEOUT):
                self._reader, self._writer = await asyncio.open_connection(options.host, options.port)
        except (OSError, TimeoutError):
            return None
        self._writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return b""

    async def _write(self, pieces: tuple[bytes, ...]) -> None:
        if self._writer is None:
            return
        with contextlib.suppress(OSError, TimeoutError):
            for piece in pieces:
                self._writer.write(piece)
                async with asyncio.timeout(_CONNECT_TIMEOUT):
                    await self._writer.drain()
                if len(pieces) > 1:
                    await asyncio.sleep(_PIECE_PAUSE)

    async def close(self) -> None:
        """Close the connection."""
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()
        self._reader = self._writer = None


async def _code(command: Sequence[str], step: EnterCode) -> bytes | None:
    """What the command for codes prints; None if it fails or takes too long."""
    if not command:
        return None
    environment = {**os.environ, "PHONE": step.phone, "PHONE_CODE_HASH": step.phone_code_hash}
    try:
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
    except OSError as error:
        raise CodeCommandError(f"cannot start {command[0]}: {error.strerror}") from error
    try:
        async with asyncio.timeout(_CODE_TIMEOUT):
            printed, _ = await process.communicate()
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return printed if process.returncode == 0 else None


class ServerSuite:
    """Runs cases with one server. The control is run once."""

    def __init__(self, options: ServerOptions) -> None:
        self._options = options
        self._login = asyncio.Lock()
        self._controls: dict[Callable[[], object], asyncio.Task[tuple[Judgement, FaultyClient, float]]] = {}

    async def run(self, case: Case, slots: asyncio.Semaphore) -> CaseResult:
        """Run a case, and the control before it."""
        async with self._login if _LOGIN in case.tags else contextlib.nullcontext():
            return await self._run(case, slots)

    async def _run(self, case: Case, slots: asyncio.Semaphore) -> CaseResult:
        if case.control is not None:
            if case.control not in self._controls:
                self._controls[case.control] = asyncio.create_task(self._in_slot(case.control(), slots))
            judgement, peer, seconds = await asyncio.shield(self._controls[case.control])
            if judgement.finding is not Finding.CORRECT:
                reason = f"the server fails without the fault, too: {judgement.reason}"
                return CaseResult(case, CaseVerdict.UNREACHABLE, reason, peer.ending, seconds, tuple(peer.transcript))
        judgement, peer, seconds = await self._in_slot(case.make(), slots)
        verdict = case.verdict(judgement.finding)
        return CaseResult(case, verdict, judgement.reason, peer.ending, seconds, tuple(peer.transcript))

    async def _in_slot(self, make: object, slots: asyncio.Semaphore) -> tuple[Judgement, FaultyClient, float]:
        if not callable(make):
            raise TypeError("this is no script of a case for servers")
        async with slots:
            script = cast("Callable[[FaultyClient], Script]", make)
            judgement, peer, seconds = await self._once(script)
            for _ in range(REPETITIONS):
                if judgement.finding is Finding.CORRECT or not peer.has_leading_zero:
                    break
                judgement, peer, seconds = await self._once(script)
            return judgement, peer, seconds

    async def _once(self, make: Callable[[FaultyClient], Script]) -> tuple[Judgement, FaultyClient, float]:
        begun = time.monotonic()
        epoch = time.time() - begun
        peer = FaultyClient(self._options.target, entropy=os.urandom, now=time.time())
        connection = _Socket(self._options)
        try:
            async with asyncio.timeout(self._options.time_limit):
                judgement = await _drive(make(peer), connection, epoch)
        except TimeoutError:
            judgement = Judgement(Finding.STALLED, "the case did not end in time")
        except HandshakeRefusedError as refused:
            judgement = Judgement(Finding.NOT_REACHED, f"the server refused {refused.step}")
        finally:
            await connection.close()
        return judgement, peer, time.monotonic() - begun


async def _drive(script: Script, connection: _Socket, epoch: float) -> Judgement:
    """Carry out the steps of a script."""
    try:
        step = next(script)
        while True:
            data = await connection.take(step)
            step = script.send(Received(data, epoch + time.monotonic()))
    except StopIteration as end:
        judgement: Judgement = end.value
        return judgement
