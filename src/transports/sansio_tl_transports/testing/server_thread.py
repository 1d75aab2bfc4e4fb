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
import contextlib
import os
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar, overload

from sansio_tl import ClientConfig, Config, Endpoint, Function, RsaPublicKey, types
from sansio_tl.errors import LocalProtocolError
from sansio_tl.testing import (
    Account,
    AnswerFailed,
    Cluster,
    CodeSent,
    DataCenter,
    DataCenterConfig,
    DataCenterEvent,
    MailSent,
)
from sansio_tl.testing.accounts import normalise
from sansio_tl.testing.request_log import RequestLog
from sansio_tl_transports._shared.event_loops import running_loop
from sansio_tl_transports.asyncio import serve
from sansio_tl_transports.layers import LayerSchemas
from sansio_tl_transports.testing.event_log import EventLog

__tracebackhide__ = True
"""pytest shows the line of the test that waited, and not the lines of this module."""

R = TypeVar("R")
E = TypeVar("E")
F = TypeVar("F", bound=Function[Any])

WAIT_TIMEOUT = 30.0
"""Default timeout of all that wait for the program under test, in seconds."""
_POLL_INTERVAL = 0.01


@contextlib.contextmanager
def _blocked_loop_named() -> Iterator[None]:
    """Add to a TimeoutError that an event loop of the calling thread, with a program under test, stood still."""
    try:
        yield
    except TimeoutError as error:
        if (loop := running_loop()) is None:
            raise
        call = "asyncio.to_thread" if loop == "asyncio" else "trio.to_thread.run_sync"
        raise TimeoutError(
            f"{error}\nThe {loop} loop of this thread stood still meanwhile: call it by await {call}(...)"
        ) from None


class ServerThread:
    """A thread that serves the data centers of one cluster."""

    def __init__(self) -> None:
        self.cluster = Cluster()
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._servings: list[asyncio.Task[None]] = []
        self._bug: BaseException | None = None
        """The exception that has ended the thread."""
        self.running: list[RunningDataCenter] = []
        """The data centers, in the order in which they were opened."""
        self._thread = threading.Thread(target=self._run, name="embedded data centers", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:  # that exception is raised, and not one of this thread
            with contextlib.suppress(Exception):
                self.close()

    def open(self, *, host: str = "127.0.0.1", port: int = 0, **settings: Any) -> RunningDataCenter:
        """Open a data center and serve it; `settings` are those of `DataCenterConfig`. By default errors are explained,
        and clients of older layers served in their own.

        Raises OSError when the address is not available, LocalProtocolError when the cluster has a data center with
        that number.
        """
        settings.setdefault("explain_errors", True)
        settings.setdefault("schemas", LayerSchemas())
        data_center = DataCenter(
            DataCenterConfig(**settings), cluster=self.cluster, entropy=os.urandom, now=time.time()
        )
        running = RunningDataCenter(self, data_center)
        self._await(lambda: self._begin(running, host, port))
        self.running.append(running)
        return running

    def close(self) -> None:
        """Close all connections, and wait until the thread has ended.

        Raises the bug that had ended it, if any, or else the first exception of a function that was set as an answer.
        """
        if self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # the thread has ended meanwhile
                self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join()
        elif self._thread.ident is None:
            self._loop.close()  # the thread was never started, and would have closed it
        bug, self._bug = self._bug, None
        if bug is not None:
            raise bug
        failed = [event for running in self.running for event in running.events if isinstance(event, AnswerFailed)]
        self.running.clear()
        if failed:
            failed[0].error.add_note(f"raised by the answer that was set for {failed[0].method}")
            raise failed[0].error

    @property
    def is_current(self) -> bool:
        """Whether the caller runs in this thread, as the functions do that are set as answers."""
        return threading.current_thread() is self._thread

    def do(self, job: Callable[[], R]) -> R:
        """Call a function in the thread of the data centers, which process nothing meanwhile."""
        if self.is_current:
            return job()

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
        """Run a coroutine in the thread. Raises LocalProtocolError when the thread is not running."""
        if not self._thread.is_alive():
            reason = "is not running: open data centers inside `with ServerThread()`"
            raise LocalProtocolError(f"the thread of the data centers {reason}") from self._bug

        async def wait() -> R:
            return await job()

        try:
            return asyncio.run_coroutine_threadsafe(wait(), self._loop).result()
        except LocalProtocolError as error:
            raise error.with_traceback(None) from None  # a wrong argument: the caller's line is what helps


class LoggedInSession(NamedTuple):
    """A login: the arguments of `open_client`, ``open_client(*session)``, or of `Client`."""

    config: ClientConfig
    snapshot: dict[str, Any]
    """It holds the auth key, and is not in the repr."""

    def __repr__(self) -> str:
        return f"<LoggedInSession: user {self.snapshot.get('user_id')} at data center {self.snapshot.get('home_dc')}>"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("user", self.snapshot.get("user_id")), ("data_center", self.snapshot.get("home_dc"))]


class RunningDataCenter:
    """A data center that is being served. All methods may be called from any thread."""

    def __init__(self, server_thread: ServerThread, data_center: DataCenter) -> None:
        self.data_center = data_center
        """The data center itself. It belongs to the server thread: use it in `call` only."""
        self.address: tuple[str, int]
        """Host and port."""
        self._server_thread = server_thread
        self._log = EventLog()

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
        keys = dict.fromkeys([self.public_key, *(each.public_key for each in self._server_thread.running)])
        defaults: dict[str, Any] = {"api_id": 1, "dc_id": self.dc_id, "public_keys": tuple(keys)}
        return Config(**defaults | settings)

    def client_config(self, **settings: Any) -> ClientConfig:
        """The configuration of a `Client` or of `open_client`, with this data center as home.

        It has the addresses of all data centers that are open. `settings` are those of `ClientConfig`.
        """
        endpoints = {each.dc_id: (Endpoint(each.host, each.port),) for each in (*self._server_thread.running, self)}
        defaults: dict[str, Any] = {"connection_config": self.config(), "endpoints": endpoints}
        return ClientConfig(**defaults | settings)

    def new_session(self, account: Account | str, **settings: Any) -> LoggedInSession:
        """Log an account, or that with this number, in with a new auth key: ``open_client(*new_session(account))``.

        So a test need not perform the login. `settings` are those of `ClientConfig`. Raises LocalProtocolError if there
        is no such account, or its home is another data center.
        """
        config = self.client_config(**settings)
        test_mode = config.connection_config.test_mode
        snapshot = self.call(lambda data_center: data_center.new_session(account, now=time.time(), test_mode=test_mode))
        return LoggedInSession(config, snapshot)

    # -- events -----------------------------------------------------------------------------------------------------

    @property
    def events(self) -> tuple[DataCenterEvent, ...]:
        """All events so far."""
        return self._log.events

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

    @overload
    def requests(self, method: type[F]) -> RequestLog[F]: ...

    @overload
    def requests(self, method: str | None = None) -> RequestLog[Any]: ...

    def requests(self, method: str | type[Function[Any]] | None = None) -> RequestLog[Any]:
        """The requests of a method so far, or of all, in the order in which they were answered.

            [request] = data_center.requests("messages.sendMessage")
            assert request.message == "hello"
            data_center.requests().clear()

        Raises LocalProtocolError for an unknown method.
        """
        return self._log.requests(method)

    @overload
    def wait_for_request(self, method: type[F], *, timeout: float = WAIT_TIMEOUT) -> F: ...

    @overload
    def wait_for_request(self, method: str, *, timeout: float = WAIT_TIMEOUT) -> Any: ...

    def wait_for_request(self, method: str | type[Function[Any]], *, timeout: float = WAIT_TIMEOUT) -> Any:
        """Wait for a request of a method, and return the first one that was not returned before.

        Raises TimeoutError when there is none within `timeout` seconds; its text lists the last requests.
        """
        self._require_other_thread()
        with _blocked_loop_named():
            return self._log.take_request(method, timeout)

    def describe_requests(self) -> str:
        """The last requests and how they were answered, a line each; without secrets."""
        return self._log.describe()

    def on_event(self, event: DataCenterEvent) -> None:
        """Record an event; called in the server thread."""
        self._log.add(event)

    def _take(self, matches: Callable[[DataCenterEvent], bool], what: str, timeout: float) -> DataCenterEvent:
        self._require_other_thread()
        with _blocked_loop_named():
            return self._log.take(matches, what, timeout)

    def _require_other_thread(self) -> None:
        if self._server_thread.is_current:
            raise LocalProtocolError("a function that is set as an answer cannot wait: the data center waits for it")

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

    def answer(self, method: str | type[Function[Any]], value: object, *, times: int | None = None) -> None:
        """Set what a method answers, to its next `times` requests or to all: see `DataCenter.answer`.

        A function is called in the server thread; an exception that it raises is raised again when the data centers
        are closed, which is when a test with the fixture ends.
        """
        self.call(lambda data_center: data_center.answer(method, value, times=times))

    def clear_answers(self, method: str | type[Function[Any]] | None = None) -> None:
        """Remove the answers that were set for a method, or for all: it answers as before."""
        self.call(lambda data_center: data_center.clear_answers(method))

    def push(
        self,
        account: Account | str,
        update: types.TypeUpdate | types.TypeUpdates,
        *,
        timeout: float = WAIT_TIMEOUT,
    ) -> None:
        """Send an update to all clients that are logged in to the account, or that with this number.

        Waits for a client that is connected. An async program that runs in the thread of the test must be connected
        before, or have it called in a thread: ``await asyncio.to_thread(data_center.push, account, update)``.

        Raises TimeoutError when none is connected within `timeout` seconds, and LocalProtocolError for a value that is
        no update, and for an unknown account.
        """
        give_up_at = time.monotonic() + (0.0 if self._server_thread.is_current else timeout)
        with _blocked_loop_named():
            while not self.call(lambda data_center: data_center.push(account, update, now=time.time())):
                if time.monotonic() >= give_up_at:
                    raise TimeoutError("cannot push: no client that is logged in to this account is connected")
                time.sleep(_POLL_INTERVAL)

    def cut_connections(self, account: Account | str | None = None) -> int:
        """Close all connections, or those of an account, as a broken network does; returns how many.

        What clients have sent before may have been executed; what is queued for them is sent when they return.
        """
        return self.call(lambda data_center: data_center.cut_connections(account, now=time.time()))

    @contextlib.contextmanager
    def stall(self) -> Iterator[None]:
        """While the context is open, receive and execute requests, but answer nothing, not even a handshake.

        with data_center.stall(), pytest.raises(TimeoutError):
            client.invoke(functions.help.GetConfig(), timeout=0.1)
        """
        with contextlib.ExitStack() as stack:
            self.call(lambda data_center: stack.enter_context(data_center.stall()))
            try:
                yield
            finally:
                self.call(lambda _: stack.close())

    def advance_clock(self, seconds: float) -> None:
        """Advance the clock of accounts, codes and floods: see `DataCenter.advance_clock`.

        The time of messages does not change, nor does that of clients, which run on the clock of the machine;
        `sansio_tl.testing.InMemoryClient` has a clock of its own for both sides.
        """
        self.call(lambda data_center: data_center.advance_clock(seconds))

    def call(self, job: Callable[[DataCenter], R]) -> R:
        """Call `job` with the data center, in the server thread, and return its result."""
        return self._server_thread.do(lambda: job(self.data_center))
