"""The trio client: opens and reopens connections as the engine's `Client` requests."""

from __future__ import annotations

import contextlib
import inspect
import ssl
from collections.abc import AsyncIterator
from typing import Any, TypeVar

import trio

from sansio_tl import ClientConfig, Function, TLObject, auth, types
from sansio_tl.auth import Compute, Flow, Invoke
from sansio_tl.errors import RemoteProtocolError, RpcError
from sansio_tl.proxy import Proxy
from sansio_tl.trace import Tracer
from sansio_tl_transports._shared.client_runner import ClientRunner, PendingConnect, Report, Save
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connect_options import ConnectOptions, Failure
from sansio_tl_transports._shared.connection_runner import CONNECT_TIMEOUT
from sansio_tl_transports._shared.flow_prompts import Steps, UpdateStream
from sansio_tl_transports._shared.login import Ask, Conversation, PromptAnswers, begin
from sansio_tl_transports.trio._pump import Signal, SocketPump, in_
from sansio_tl_transports.trio._sockets import open_socket, tasks_inside, until

R = TypeVar("R")


class Client:
    """The client of one account, made by `open_client`. Any number of tasks may use it at once."""

    def __init__(self, driver: ClientRunner[trio.Event], changed: Signal) -> None:
        self._driver = driver
        self._changed = changed

    @property
    def user_id(self) -> int | None:
        """The id of the logged-in user; None while no user is logged in."""
        return self._driver.user_id

    @property
    def dc_id(self) -> int:
        """The home data center of the account, as far as known."""
        return self._driver.dc_id

    def snapshot(self) -> dict[str, Any]:
        """The state as a value for `json.dumps`, for another process. It holds the auth keys: keep it secret."""
        return self._driver.snapshot()

    def forget_key(self, dc_id: int | None = None) -> None:
        """Drop a key that its data center does not know any more (`AuthKeyNotFound`); a new one is made when needed.

        None means the home data center: that ends the login. Raises LocalProtocolError when there is no key.
        """
        self._driver.forget_key(dc_id)

    async def invoke(
        self,
        function: Function[R],
        *,
        dc_id: int | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> R:
        """Send a request to the home data center, or to `dc_id`, and wait for its result.

        It is sent again when a connection is lost, and follows migrations of the account. Raises RpcError;
        TimeoutError after `timeout` seconds; ConnectionLostError when the outcome is unknown; RemoteProtocolError for
        an answer that cannot be decoded; and EncodeError, before anything is sent, for a value that cannot be encoded.
        """
        driver = self._driver
        if driver.has_waiters:
            handle, answer = driver.invoke(function, dc_id)
        else:
            handle, answer = self._changed.after(driver.invoke, function, dc_id)
        try:
            if timeout is None:
                await answer.event.wait()
            else:
                with trio.fail_after(timeout):
                    await answer.event.wait()
        except trio.TooSlowError:
            raise TimeoutError(self._driver.no_answer(function, timeout)) from None
        finally:
            self._driver.forget(handle)
        return answer.get()

    def updates(self) -> AsyncIterator[TLObject]:
        """Messages that the server sends unasked, of type Updates; updatesTooLong where some were missed.

        Ends when the client is closed.
        """
        return UpdateStream(self._driver)

    async def run(self, flow: Flow[Any]) -> None:
        """Run the flow, at the data centers that it selects, until it needs input or is finished.

        Computations run in a thread. Raises what `invoke` raises, except RpcError, which the flow handles.
        """
        driver = self._driver
        driver.watch(flow)
        while (action := flow.next_action()) is not None:
            match action:
                case Compute(job=job):
                    flow.receive_computed(await trio.to_thread.run_sync(job))
                case Invoke(function=function, dc=dc):
                    try:
                        result = await self.invoke(function, dc_id=dc)
                    except (RpcError, RemoteProtocolError) as error:
                        flow.receive_error(error, now=driver.now)
                    else:
                        flow.receive_result(result, now=driver.now)

    async def wait(self, flow: Flow[Any]) -> None:
        """Wait until time or an update moves the flow: a QR code is scanned or expires, a payment arrives. Then `run`.

        Returns at once when the flow has a next action. Raises LocalProtocolError when the client is closed.
        """
        driver = self._driver
        driver.watch(flow)
        while True:
            news = driver.news.event
            if driver.moved(flow):
                return
            with trio.move_on_at(driver.flow_deadline(flow)):
                await news.wait()

    def steps(self, flow: Flow[Any]) -> AsyncIterator[auth.Prompt]:
        """Run the flow to its end, and yield its prompt each time it needs input.

            async for prompt in client.steps(flow):
                if isinstance(prompt, auth.CodePrompt):
                    flow.enter_code(...)

        When the body gives no input, time and updates continue the flow, as for a QR code that is shown.
        """
        return Steps(self, flow)

    async def login(
        self,
        phone_number: str | None = None,
        *,
        api_hash: str,
        code: Ask[str] | None = None,
        password: str | Ask[str] | None = None,
        sign_up: Ask[tuple[str, str]] | None = None,
        email: Ask[str] | None = None,
        email_code: Ask[str] | None = None,
        bot_token: str | None = None,
        show_qr: Ask[object] | None = None,
    ) -> types.TypeUser:
        """Log in with a phone number, a bot's token or, when `show_qr` is given, a QR code; returns the user.

        The callbacks get the prompt and return the input; each may be async. `code` is called again after a wrong code
        (`prompt.tries`), `password` too unless it is a text. `show_qr` gets each new QR code and returns nothing. After
        a logout on this device no code is needed: the future auth token is sent.

        Raises RpcError when the login fails, LoginInterrupted (with the flow, to continue it) for a prompt without a
        callback, LocalProtocolError for invalid arguments, and what `invoke` raises.
        """
        by_qr = show_qr is not None and phone_number is None and bot_token is None
        flow = begin(
            phone_number=phone_number,
            bot_token=bot_token,
            qr=by_qr,
            api_id=self._driver.api_id,
            api_hash=api_hash,
            logout_tokens=self._driver.logout_tokens,
        )
        answers = PromptAnswers(
            code=code, password=password, sign_up=sign_up, email=email, email_code=email_code, show_qr=show_qr
        )
        conversation = Conversation(flow, answers)
        async for _ in self.steps(flow):
            ask, prompt = conversation.question()
            given = ask(prompt)
            conversation.answer(prompt, await given if inspect.isawaitable(given) else given)
        return conversation.end()


@contextlib.asynccontextmanager
async def open_client(
    config: ClientConfig,
    snapshot: dict[str, Any] | None = None,
    *,
    framing: str | None = None,
    proxy: str | Proxy | None = None,
    tls: bool | ssl.SSLContext = False,
    on_event: Report | None = None,
    save: Save | None = None,
    tracer: Tracer | None = None,
) -> AsyncIterator[Client]:
    """Yield a `Client`; on exit, close all connections. Connections are opened when there is a request.

    Args:
        config: the settings of the client, and the addresses of data centers.
        snapshot: the result of `Client.snapshot`, in this process or another.
        framing: one of `sansio_tl.framing.FRAMINGS`, instead of the one in `config`.
        proxy: a URL (socks5://, http://, tg://proxy, https://t.me/proxy ...) or a `Proxy`.
        tls: whether to use TLS, as wss requires; or an SSL context.
        on_event: called with each event of the client except answers and updates: ConnectionLost, AuthorizationLost ...
        save: called with a new snapshot whenever it has changed. Neither may be async.
        tracer: records what happens (`sansio_tl.trace`), for example one of `sansio_tl_transports.tracing`.

    Raises LocalProtocolError for an invalid snapshot or invalid connect options, EncodeError for a setting that cannot
    be encoded, TypeError for an async `on_event` or `save`; and what `on_event` or `save` raised.
    """
    clock = Clock(trio.lowlevel.current_clock().current_time)
    connect_options = ConnectOptions(framing=framing, proxy=proxy, tls=tls, clock=clock)
    changed = Signal()
    driver = ClientRunner(
        config,
        snapshot,
        connect_options=connect_options,
        clock=clock,
        make_event=trio.Event,
        changed=changed,
        on_event=on_event,
        save=save,
        tracer=tracer,
    )
    async with tasks_inside() as tasks:
        tasks.start_soon(_Connector(driver, changed).run)
        try:
            yield Client(driver, changed)
        finally:
            driver.close()
    driver.raise_bug()


class _Connector:
    """Opens connections as the client requests, and calls it at its deadlines."""

    def __init__(self, driver: ClientRunner[trio.Event], changed: Signal) -> None:
        self._driver = driver
        self._changed = changed
        self._over = trio.Event()

    async def run(self) -> None:
        """Run until the client is closed."""
        async with trio.open_nursery() as self._connections, trio.open_nursery() as self._to_open:
            self._changed.add(self)
            self._connections.start_soon(self._changed.run)
            self.on_change()
            await self._over.wait()
            self._changed.remove(self)
            self._to_open.cancel_scope.cancel()

    def on_change(self) -> float:
        """Process a change: open pending connections, or end."""
        while (pending := self._driver.next_connect()) is not None:
            self._to_open.start_soon(self._open_and_run, pending)
        if self._driver.closed:
            self._over.set()
        return self._driver.deadline()

    def tick(self) -> None:
        """Call the client at its deadline."""
        self._driver.tick()

    def fail(self, bug: Exception) -> None:
        """A bug: it ends this client only."""
        self._driver.fail(bug)

    async def _open_and_run(self, pending: PendingConnect) -> None:
        """Open one connection and run its pump."""
        driver = self._driver
        try:
            with until(in_(CONNECT_TIMEOUT), "no answer in time"):
                opened = await open_socket(pending.attempts, driver.stagger)
        except Failure as error:
            driver.connection_failed(pending, error)
            return
        except Exception as bug:  # noqa: BLE001
            driver.fail(bug)
            return
        connection = driver.connection_made(pending, opened.attempt)
        if connection is None:
            opened.wire.close()
        else:
            self._connections.start_soon(SocketPump(opened.wire, connection, self._changed, opened.leftover).run)
