"""The engine on trio: dial, carry bytes, keep the timer.

    async with connect(("127.0.0.1", 443), Config(api_id=...)) as link:
        sent = await link.invoke(functions.auth.SendCode(...))

Any number of tasks may invoke at once, and a task that is cancelled while it waits leaves the link as good as it was.
All tasks of a link live in a nursery inside `connect`; exceptions of your own leave it as they are, in no group.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
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

try:
    import trio
except ImportError as error:
    raise ImportError("transports.trio needs trio: pip install 'sansio-tl[trio]'") from error

R = TypeVar("R")


class Link:
    """A client's link to one data centre, made by `connect`."""

    def __init__(self, driver: ClientDriver[trio.Event], dc_id: int) -> None:
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
            with _until(_in(timeout), no_answer(function, timeout)):
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
                    flow.computed(await trio.to_thread.run_sync(job))
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
    with _until(deadline, otherwise):
        stream = await trio.open_tcp_stream(*address)
    changed = Pulse(trio.Event)
    clock = Clock(trio.current_time)
    driver = ClientDriver(config, auth_key, clock=clock, make_event=trio.Event, changed=changed)
    async with _tasks() as tasks:
        tasks.start_soon(_Carrier(stream, driver, changed).run)
        try:
            with _until(deadline, otherwise):
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
    reception = Reception(centre, Clock(trio.current_time), report)

    async def welcome(stream: trio.SocketStream) -> None:
        changed = Pulse(trio.Event)
        await _Carrier(stream, reception.accept(changed), changed).run()

    listeners = await trio.open_tcp_listeners(port, host=host)
    async with _tasks() as links, _tasks() as listening:
        listening.start_soon(partial(trio.serve_listeners, welcome, listeners, handler_nursery=links))
        try:
            yield Server(listeners[0].socket.getsockname()[:2])
        finally:
            listening.cancel_scope.cancel()
            reception.close()


class _Carrier:
    """Carries bytes between a socket and its driver until the link is over and all is said."""

    def __init__(self, stream: trio.SocketStream, driver: Driver, changed: Pulse[trio.Event]) -> None:
        self._stream = stream
        self._driver = driver
        self._changed = changed
        self._limit = trio.CancelScope()

    async def run(self) -> None:
        try:
            with self._limit:
                async with trio.open_nursery() as tasks:
                    for job in (self._receive, self._send, self._keep_time):
                        tasks.start_soon(job)
        finally:
            await trio.aclose_forcefully(self._stream)

    async def _receive(self) -> None:
        try:
            while data := await self._stream.receive_some(READ_SIZE):
                self._driver.receive(data)
            self._driver.receive(b"")
        except trio.BrokenResourceError as error:
            self._driver.lost(error)

    async def _send(self) -> None:
        try:
            while True:
                if data := self._driver.output():
                    await self._stream.send_all(data)
                elif self._driver.closed:
                    break
                else:
                    await self._changed.event.wait()
            await self._stream.send_eof()
        except trio.BrokenResourceError as error:
            self._driver.lost(error)

    async def _keep_time(self) -> None:
        while not self._driver.closed:
            with trio.move_on_at(self._driver.deadline()):
                await self._changed.event.wait()
            self._driver.tick()
        self._limit.deadline = _in(LINGER)


def _in(seconds: float | None) -> float:
    """When that will be, by trio's clock; None is never."""
    return math.inf if seconds is None else trio.current_time() + seconds


@contextlib.contextmanager
def _until(deadline: float, otherwise: str) -> Iterator[None]:
    """Raise a TimeoutError that says something when the deadline passes."""
    try:
        with trio.fail_at(deadline):
            yield
    except trio.TooSlowError:
        raise TimeoutError(otherwise) from None


@contextlib.asynccontextmanager
async def _tasks() -> AsyncIterator[trio.Nursery]:
    """A nursery that lets an exception of its body out as it is, in no group."""
    failure: BaseException | None = None
    async with trio.open_nursery() as tasks:
        try:
            yield tasks
        except trio.Cancelled:
            raise
        except BaseException as error:  # noqa: BLE001  Ctrl-C, too
            failure = error
    if failure is not None:
        raise failure
