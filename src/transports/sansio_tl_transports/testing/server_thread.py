"""Embedded data centers in a background thread, for clients in this process or another one, in any language.

    with ServerThread() as servers:
        data_center = servers.open()
        data_center.add_account("+12025550100", password="secret")
        client.connect(data_center.host, data_center.port, key=data_center.public_key_pem)
        client.send_code("+12025550100")
        client.sign_in(data_center.code_for("+12025550100"))

With pytest the fixture `data_center` does all this (`sansio_tl_transports.testing.pytest_plugin`). The data centers of
one `ServerThread` are a cluster: they share their accounts, and redirect users to each other.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import os
import threading
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from sansio_tl import ClientConfig, Config, Endpoint, Function, RsaPublicKey
from sansio_tl.errors import LocalProtocolError, RpcError
from sansio_tl.testing import (
    Account,
    Cluster,
    CodeSent,
    DataCenter,
    DataCenterConfig,
    DataCenterEvent,
    MailSent,
)
from sansio_tl.testing.accounts import normalise
from sansio_tl_transports.asyncio import serve

R = TypeVar("R")
E = TypeVar("E")

WAIT_TIMEOUT = 10.0
"""Default timeout of `code_for`, `mail_for` and `wait_for`, in seconds."""


class ServerThread:
    """A thread that serves the data centers of one cluster."""

    def __init__(self) -> None:
        self.cluster = Cluster()
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._servings: list[asyncio.Task[None]] = []
        self._bug: BaseException | None = None
        """The exception that has ended the thread."""
        self._thread = threading.Thread(target=self._run, name="embedded data centers", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self, *, host: str = "127.0.0.1", port: int = 0, **settings: Any) -> RunningDataCenter:
        """Open a data center and serve it; `settings` are those of `DataCenterConfig`.

        Raises OSError when the address is not available, LocalProtocolError when the cluster has a data center with
        that number.
        """
        data_center = DataCenter(
            DataCenterConfig(**settings), cluster=self.cluster, entropy=os.urandom, now=time.time()
        )
        running = RunningDataCenter(self, data_center)
        self._await(lambda: self._begin(running, host, port))
        return running

    def close(self) -> None:
        """Close all connections, and wait until the thread has ended. Raises the bug that had ended it, if any."""
        if self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # the thread has ended meanwhile
                self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join()
        bug, self._bug = self._bug, None
        if bug is not None:
            raise bug

    def do(self, job: Callable[[], R]) -> R:
        """Call a function in the thread of the data centers, which process nothing meanwhile."""

        async def call() -> R:
            return job()

        return self._await(call)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._live())
        except BaseException as bug:  # noqa: BLE001  raised to callers in other threads
            self._bug = bug

    async def _live(self) -> None:
        await self._over.wait()
        for serving in self._servings:
            await serving

    async def _begin(self, running: RunningDataCenter, host: str, port: int) -> None:
        ready: asyncio.Future[None] = self._loop.create_future()
        self._servings.append(self._loop.create_task(self._serve(running, host, port, ready)))
        await ready

    async def _serve(self, running: RunningDataCenter, host: str, port: int, ready: asyncio.Future[None]) -> None:
        async with contextlib.AsyncExitStack() as stack:
            try:
                server = await stack.enter_async_context(
                    serve(running.data_center, host, port, on_event=running.on_event)
                )
            except Exception as error:  # noqa: BLE001  raised by `open`
                ready.set_exception(error)
                return
            running.address = server.address
            running.data_center.announce(*server.address)
            ready.set_result(None)
            await self._over.wait()

    def _await(self, job: Callable[[], Awaitable[R]]) -> R:
        """Run a coroutine in the thread. Raises LocalProtocolError when the thread is not running or ends meanwhile."""
        if not self._thread.is_alive():
            reason = "is not running: open data centers inside `with ServerThread()`"
            raise LocalProtocolError(f"the thread of the data centers {reason}") from self._bug

        async def wait() -> R:
            return await job()

        try:
            return asyncio.run_coroutine_threadsafe(wait(), self._loop).result()
        except concurrent.futures.CancelledError as error:
            raise LocalProtocolError("the thread of the data centers has ended") from error


class RunningDataCenter:
    """A data center that is being served. All methods may be called from any thread."""

    def __init__(self, server_thread: ServerThread, data_center: DataCenter) -> None:
        self.data_center = data_center
        """The data center itself. It belongs to the server thread: use it in `call` only."""
        self.address: tuple[str, int] = ("", 0)
        """Host and port."""
        self._server_thread = server_thread
        self._events: list[DataCenterEvent] = []
        self._taken: set[int] = set()
        self._news = threading.Condition()

    def __repr__(self) -> str:
        return f"<RunningDataCenter {self.dc_id} on {self.host} port {self.port}>"

    # -- for clients -----------------------------------------------------------------------------------------------

    @property
    def host(self) -> str:
        """The host on which it listens."""
        return self.address[0]

    @property
    def port(self) -> int:
        """The port on which it listens."""
        return self.address[1]

    @property
    def dc_id(self) -> int:
        """The number of the data center."""
        return self.data_center.config.dc_id

    @property
    def public_key(self) -> RsaPublicKey:
        """The RSA key with which clients authenticate it."""
        return self.data_center.public_key

    @property
    def public_key_pem(self) -> str:
        """The public key as PKCS#1 PEM, as Telethon and mtcute accept it."""
        return self.public_key.to_pem()

    def config(self, **settings: Any) -> Config:
        """The configuration of a `Connection` to it."""
        defaults: dict[str, Any] = {"api_id": 1, "dc_id": self.dc_id, "public_keys": (self.public_key,)}
        return Config(**defaults | settings)

    def client_config(self, **settings: Any) -> ClientConfig:
        """The configuration of a `Client` or of `open_client` for it; `settings` are those of `ClientConfig`."""
        endpoints = {self.dc_id: (Endpoint(self.host, self.port),)}
        defaults: dict[str, Any] = {"connection_config": self.config(), "endpoints": endpoints}
        return ClientConfig(**defaults | settings)

    # -- events -----------------------------------------------------------------------------------------------------

    @property
    def events(self) -> tuple[DataCenterEvent, ...]:
        """All events so far."""
        with self._news:
            return tuple(self._events)

    def code_for(self, phone_number: str, *, timeout: float = WAIT_TIMEOUT) -> str:
        """Wait for a code sent to a number, and return the last one; it is not returned again.

        Raises TimeoutError when none is sent within `timeout` seconds.
        """
        number = normalise(phone_number)
        event = self._take(
            lambda event: isinstance(event, CodeSent) and event.phone_number == number, "code to that number", timeout
        )
        return event.code  # type: ignore[union-attr]

    def mail_for(self, address: str, *, timeout: float = WAIT_TIMEOUT) -> str:
        """Wait for a code mailed to an address, and return the last one; it is not returned again.

        Raises TimeoutError when none is mailed within `timeout` seconds.
        """
        event = self._take(
            lambda event: isinstance(event, MailSent) and event.address == address, "mail to that address", timeout
        )
        return event.code  # type: ignore[union-attr]

    def wait_for(self, kind: type[E], *, timeout: float = WAIT_TIMEOUT) -> E:
        """Wait for an event of this type, and return the last one; it is not returned again.

        Raises TimeoutError when there is none within `timeout` seconds.
        """
        event: Any = self._take(lambda event: isinstance(event, kind), kind.__name__, timeout)
        found: E = event
        return found

    def on_event(self, event: DataCenterEvent) -> None:
        """Record an event; called in the server thread."""
        with self._news:
            self._events.append(event)
            self._news.notify_all()

    def _take(self, matches: Callable[[DataCenterEvent], bool], what: str, timeout: float) -> DataCenterEvent:
        """The last matching event; it and all earlier matching ones are not returned again."""
        with self._news:
            found: list[int] = []

            def is_there() -> bool:
                fresh = (index for index in range(len(self._events)) if index not in self._taken)
                found.extend(index for index in fresh if matches(self._events[index]))
                return bool(found)

            if not self._news.wait_for(is_there, timeout):
                raise TimeoutError(f"no {what} within {timeout} s")
            self._taken.update(found)
            return self._events[found[-1]]

    # -- control by tests -------------------------------------------------------------------------------------------

    def add_account(self, phone_number: str, **details: Any) -> Account:
        """Add an account: see `DataCenter.add_account`."""
        return self.call(lambda data_center: data_center.add_account(phone_number, **details))

    def add_bot(self, token: str, *, first_name: str = "Bot") -> Account:
        """Add a bot: see `DataCenter.add_bot`."""
        return self.call(lambda data_center: data_center.add_bot(token, first_name=first_name))

    def ban(self, account: Account) -> None:
        """Ban an account: see `DataCenter.ban`."""
        self.call(lambda data_center: data_center.ban(account))

    def fail_next(self, method: str | type[Function[Any]], error: RpcError, *, times: int = 1) -> None:
        """Answer the next requests of a method with an error: see `DataCenter.fail_next`."""
        self.call(lambda data_center: data_center.fail_next(method, error, times=times))

    def answer_next(self, method: str | type[Function[Any]], result: object, *, times: int = 1) -> None:
        """Answer the next requests of a method with this result: see `DataCenter.answer_next`."""
        self.call(lambda data_center: data_center.answer_next(method, result, times=times))

    def advance_clock(self, seconds: float) -> None:
        """Advance the clock: see `DataCenter.advance_clock`."""
        self.call(lambda data_center: data_center.advance_clock(seconds))

    def call(self, job: Callable[[DataCenter], R]) -> R:
        """Call `job` with the data center, in the server thread, and return its result."""
        return self._server_thread.do(lambda: job(self.data_center))
