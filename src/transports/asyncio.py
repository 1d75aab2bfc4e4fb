"""The engine on asyncio: dial, carry bytes, keep the timer.

    async with connect(("127.0.0.1", 443), Config(api_id=...)) as link:
        sent = await link.invoke(functions.auth.SendCode(...))

Any number of tasks may invoke at once, and a task that is cancelled while it waits leaves the link as good as it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

from sansio_tl.auth import Compute, Flow, Invoke
from sansio_tl.connection import Config
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import RpcError
from sansio_tl.tl.objects import Function, TLObject
from transports._clock import Clock
from transports._driver import (
    CONNECT_TIMEOUT,
    LINGER,
    READ_SIZE,
    ClientDriver,
    Driver,
    Updates,
    no_answer,
    no_link,
)
from transports._serving import Centre, Reception
from transports._waiting import Pulse

R = TypeVar("R")


class Link:
    """A client's link to one data centre, made by `connect`."""

    def __init__(self, driver: ClientDriver[asyncio.Event], dc_id: int) -> None:
        self._driver = driver
        self._dc_id = dc_id

    @property
    def auth_key(self) -> AuthKey:
        """The key of the link: save it, it is this device's identity and a secret."""
        return self._driver.auth_key

    async def invoke(self, function: Function[R], *, timeout: float | None = None) -> R:  # noqa: ASYNC109
        """Send a request and wait for its result, `timeout` seconds at most.

        Raises RpcError when the server refuses it, TimeoutError, ConnectionLostError when the link ends before the
        answer comes, RemoteProtocolError or TransportError when that is the server's doing, and EncodeError, before
        anything is sent, for a value that cannot be encoded.
        """
        handle, answer = self._driver.invoke(function)
        try:
            async with _until(_in(timeout), no_answer(function, timeout)):
                await answer.event.wait()
        finally:
            self._driver.forget(handle)
        return answer.get()

    def updates(self) -> AsyncIterator[TLObject]:
        """What the server tells unasked, objects of type Updates; updatesTooLong where some were missed.

        Ends when the link is closed from our side; raises what ended it otherwise.
        """
        return Updates(self._driver)

    async def run(self, flow: Flow[Any]) -> int | None:
        """Do what the flow asks until the user must act or it is finished; computations run in a thread.

        Returns None, or the number of the data centre that the flow wants to go on with: connect there and run it.
        """
        while (action := flow.next_action()) is not None:
            match action:
                case Compute(job=job):
                    flow.computed(await asyncio.to_thread(job))
                case Invoke(dc=int(dc)) if dc != self._dc_id:
                    return dc
                case Invoke(function=function):
                    try:
                        result = await self.invoke(function)
                    except RpcError as error:
                        flow.receive_error(error, now=self._driver.now)
                    else:
                        flow.receive_result(result, now=self._driver.now)
        return None


@contextlib.asynccontextmanager
async def connect(
    address: tuple[str, int],
    config: Config,
    *,
    auth_key: AuthKey | None = None,
    timeout: float | None = CONNECT_TIMEOUT,  # noqa: ASYNC109  one for dialling and the handshake together
) -> AsyncIterator[Link]:
    """Dial `(host, port)`, make an auth key unless one is given, and yield the `Link`; on leaving, close it.

    `timeout` seconds are for dialling and the handshake together. Raises OSError or TimeoutError when nobody answers,
    RemoteProtocolError, TransportError or ConnectionLostError when the handshake fails, EncodeError for a setting that
    cannot be sent.
    """
    config.first_call_prefix()  # what cannot be sent shall not even be dialled with
    deadline, otherwise = _in(timeout), no_link(address, timeout)
    async with _until(deadline, otherwise):
        reader, writer = await asyncio.open_connection(*address)
    changed = Pulse(asyncio.Event)
    clock = Clock(asyncio.get_running_loop().time)
    driver = ClientDriver(config, auth_key, clock=clock, make_event=asyncio.Event, changed=changed)
    async with _tasks() as tasks:
        tasks.create_task(_Carrier(reader, writer, driver, changed).run())
        try:
            async with _until(deadline, otherwise):
                await driver.ready.event.wait()
            driver.ready.get()
            yield Link(driver, config.dc_id)
        finally:
            driver.close()


class Server:
    """A data centre that is being served; `address` is where."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address


@contextlib.asynccontextmanager
async def serve(
    centre: Centre, host: str = "127.0.0.1", port: int = 0, *, report: Callable[[Any], object] | None = None
) -> AsyncIterator[Server]:
    """Serve a data centre, as `sansio_tl.testing.DataCentre` is one; port 0 lets the system choose one.

    `report` is called with each of its events. On leaving, links are closed and flushed. Raises OSError when the
    address cannot be had.
    """
    reception = Reception(centre, Clock(asyncio.get_running_loop().time), report)
    async with _tasks() as tasks:

        def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if reception.closed:
                writer.transport.abort()
            else:
                changed = Pulse(asyncio.Event)
                tasks.create_task(_Carrier(reader, writer, reception.accept(changed), changed).run())

        listener = await asyncio.start_server(welcome, host, port)
        try:
            yield Server(listener.sockets[0].getsockname()[:2])
        finally:
            listener.close()
            reception.close()


class _Carrier:
    """Carries bytes between a socket and its driver until the link is over and all is said."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        driver: Driver,
        changed: Pulse[asyncio.Event],
    ) -> None:
        self._reader, self._writer = reader, writer
        self._driver = driver
        self._changed = changed
        self._limit = asyncio.timeout(None)

    async def run(self) -> None:
        try:
            async with self._limit, asyncio.TaskGroup() as tasks:
                for job in (self._receive, self._send, self._keep_time):
                    tasks.create_task(job())
        except TimeoutError:
            pass  # the peer does not hang up, so we do
        finally:
            self._writer.transport.abort()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    async def _receive(self) -> None:
        try:
            while data := await self._reader.read(READ_SIZE):
                self._driver.receive(data)
            self._driver.receive(b"")
        except OSError as error:
            self._driver.lost(error)

    async def _send(self) -> None:
        try:
            while True:
                if data := self._driver.output():
                    self._writer.write(data)
                    await self._writer.drain()
                elif self._driver.closed:
                    break
                else:
                    await self._changed.event.wait()
            self._writer.write_eof()
        except OSError as error:
            self._driver.lost(error)

    async def _keep_time(self) -> None:
        while not self._driver.closed:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._driver.deadline()):
                    await self._changed.event.wait()
            self._driver.tick()
        self._limit.reschedule(_in(LINGER))


def _in(seconds: float | None) -> float:
    """When that will be, by the loop's clock; None is never."""
    return math.inf if seconds is None else asyncio.get_running_loop().time() + seconds


@contextlib.asynccontextmanager
async def _until(deadline: float, otherwise: str) -> AsyncIterator[None]:
    """Raise a TimeoutError that says something when the deadline passes."""
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError:
        raise TimeoutError(otherwise) from None


@contextlib.asynccontextmanager
async def _tasks() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group that lets an exception of its body out as it is, in no group."""
    failure: Exception | None = None
    async with asyncio.TaskGroup() as tasks:
        try:
            yield tasks
        except Exception as error:  # noqa: BLE001
            failure = error
    if failure is not None:
        raise failure
