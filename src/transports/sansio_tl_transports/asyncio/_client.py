"""An account on asyncio: many links, dialled and dialled again as the client asks."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import ssl
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, TypeVar

from sansio_tl import ClientConfig, Function, TLObject, auth, types
from sansio_tl.auth import Compute, Flow, Invoke
from sansio_tl.errors import RemoteProtocolError, RpcError
from sansio_tl.proxy import Proxy
from sansio_tl_transports._shared.client_runner import ClientRunner, Dialling, Report, Save
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connect_options import ConnectOptions, Failure
from sansio_tl_transports._shared.connection_runner import CONNECT_TIMEOUT
from sansio_tl_transports._shared.flow_prompts import Steps, UpdateStream
from sansio_tl_transports._shared.login import Ask, Conversation, PromptAnswers, begin
from sansio_tl_transports.asyncio._pump import Alarm, Bell, Carrier, Signal, in_
from sansio_tl_transports.asyncio._sockets import open_way, tasks_inside, until

R = TypeVar("R")


class Client:
    """One account, made by `open_client`. Any number of tasks may use it at once."""

    def __init__(self, driver: ClientRunner[Bell]) -> None:
        self._driver = driver

    @property
    def user_id(self) -> int | None:
        """Who is logged in; None while nobody is."""
        return self._driver.user_id

    @property
    def dc_id(self) -> int:
        """Where the account lives, as far as is known."""
        return self._driver.dc_id

    def snapshot(self) -> dict[str, Any]:
        """The state as what `json.dumps` takes, for another process. It holds the auth keys: it is a secret."""
        return self._driver.snapshot()

    def forget_key(self, dc_id: int | None = None) -> None:
        """Give up a key that its data center does not know any more (`AuthKeyNotFound`); another is made when needed.

        None means the account's own data center: that ends the login. Raises LocalProtocolError when there is no key.
        """
        self._driver.forget_key(dc_id)

    async def invoke(
        self,
        function: Function[R],
        *,
        dc_id: int | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> R:
        """Send a request to the account's data center, or to `dc_id`, and wait for its result.

        It is sent again when a link is lost, and follows the account to where it lives. Raises RpcError when the
        server refuses it, TimeoutError after `timeout` seconds, ConnectionLostError when nobody can know what became
        of it, RemoteProtocolError for an answer that cannot be read, and EncodeError, before anything is sent, for a
        value that cannot be encoded.
        """
        handle, answer = self._driver.invoke(function, dc_id)
        try:
            if timeout is None:
                await answer.event.rung
            else:
                async with asyncio.timeout(timeout):
                    await answer.event.rung
        except TimeoutError:
            raise TimeoutError(self._driver.no_answer(function, timeout)) from None
        finally:
            self._driver.forget(handle)
        return answer.get()

    def updates(self) -> AsyncIterator[TLObject]:
        """What the server tells unasked, objects of type Updates; updatesTooLong where some were missed.

        Ends when the account is left.
        """
        return UpdateStream(self._driver)

    async def run(self, flow: Flow[Any]) -> None:
        """Do what the flow asks, where it asks it, until somebody must move or it is finished.

        Computations run in a thread. Raises what `invoke` raises, but no RpcError: a refusal leads the flow on.
        """
        driver = self._driver
        driver.watch(flow)
        while (action := flow.next_action()) is not None:
            match action:
                case Compute(job=job):
                    flow.receive_computed(await asyncio.to_thread(job))
                case Invoke(function=function, dc=dc):
                    try:
                        result = await self.invoke(function, dc_id=dc)
                    except (RpcError, RemoteProtocolError) as error:
                        flow.receive_error(error, now=driver.now)
                    else:
                        flow.receive_result(result, now=driver.now)

    async def wait(self, flow: Flow[Any]) -> None:
        """Wait until time or an update moves the flow: a QR code is scanned or expires, a payment arrives. Then `run`.

        Returns at once when the flow has something to do. Raises LocalProtocolError when the account is left.
        """
        driver = self._driver
        driver.watch(flow)
        while True:
            news = driver.news.event
            if driver.moved(flow):
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(driver.flow_deadline(flow)):
                    await news.wait()

    def steps(self, flow: Flow[Any]) -> AsyncIterator[auth.Prompt]:
        """Run the flow to its end, and give what it wants each time somebody must move.

            async for wanted in account.steps(flow):
                if isinstance(wanted, auth.CodePrompt):
                    flow.enter_code(...)

        When the body leaves the flow as it is, time and updates move it, as for a QR code that is shown.
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
        """Log in with a phone number, a bot's token or, when `show_qr` is given, a QR code; returns who that is.

        The callbacks are given what is wanted, and return the answer; each may be async. `code` is asked again after a
        wrong one (`wanted.tries`), `password` too unless it is a text. `show_qr` is given each new code and returns
        nothing. Who logged out here before needs no code: the token that the server left is offered.

        Raises RpcError when the server refuses for good, LoginInterrupted (with the flow to go on with) when
        something is wanted that no callback answers, LocalProtocolError for what cannot be, and what `invoke` raises.
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
        person = PromptAnswers(
            code=code, password=password, sign_up=sign_up, email=email, email_code=email_code, show_qr=show_qr
        )
        conversation = Conversation(flow, person)
        async for _ in self.steps(flow):
            ask, wanted = conversation.question()
            given = ask(wanted)
            conversation.answer(wanted, await given if inspect.isawaitable(given) else given)
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
) -> AsyncIterator[Client]:
    """Yield an `Client`; on leaving, hang up everywhere. Links are dialled when there is something to ask.

    Args:
        config: how it behaves, and where data centers listen.
        snapshot: what `Account.snapshot` gave, in this process or another.
        framing: one of `sansio_tl.framing.FRAMINGS`, in place of the one that `config` names.
        proxy: a link (socks5://, http://, tg://proxy, https://t.me/proxy ...) or a `Proxy`.
        tls: whether links are inside TLS, as wss wants it; or an SSL context of your own.
        on_event: is called with each event of the client but answers and updates: ConnectionLost, AuthorizationLost ...
        save: is called with a new snapshot whenever what it holds has changed. Neither may be async.

    Raises LocalProtocolError for a snapshot that is none or a road that there is not, EncodeError for a setting that
    cannot be sent, TypeError for an async `on_event` or `save`; and what `on_event` or `save` raised.
    """
    clock = Clock(asyncio.get_running_loop().time)
    way = ConnectOptions(framing=framing, proxy=proxy, tls=tls, clock=clock)
    changed = Signal()
    driver = ClientRunner(
        config, snapshot, way=way, clock=clock, make_event=Bell, changed=changed, on_event=on_event, save=save
    )
    async with tasks_inside() as tasks:
        tasks.create_task(_Keeper(driver, changed).run())
        try:
            yield Client(driver)
        finally:
            driver.close()
    driver.raise_bug()


class _Keeper:
    """Dials as the client asks, and keeps its time."""

    def __init__(self, driver: ClientRunner[Bell], changed: Signal) -> None:
        self._driver = driver
        self._changed = changed
        self._dialling: set[asyncio.Task[None]] = set()
        self._alarm = Alarm(self._keep_time)
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Until the account is left."""
        async with asyncio.TaskGroup() as links:
            look = partial(self._look, links)
            self._changed.add(look)
            try:
                look()
                await self._over
            finally:
                self._changed.remove(look)
                self._alarm.cancel()
            for task in self._dialling:
                task.cancel()

    def _look(self, links: asyncio.TaskGroup) -> None:
        """Something has changed: there may be somebody to dial, another deadline, or nothing more to do."""
        driver = self._driver
        while (dialling := driver.next_dial()) is not None:
            self._dialling.add(links.create_task(self._link(dialling)))
        if not driver.closed:
            self._alarm.at(driver.deadline())
        elif not self._over.done():
            self._over.set_result(None)

    def _keep_time(self) -> None:
        self._driver.tick()
        self._changed()

    async def _link(self, dialling: Dialling) -> None:
        """One link, from dialling to its end."""
        try:
            await self._dial_and_carry(dialling)
        except Exception as bug:  # noqa: BLE001  it ends this account, and nothing else
            self._driver.fail(bug)

    async def _dial_and_carry(self, dialling: Dialling) -> None:
        driver = self._driver
        try:
            async with until(in_(CONNECT_TIMEOUT), "no answer in time"):
                opened = await open_way(dialling.attempts, driver.stagger)
        except Failure as error:
            driver.failed(dialling, error)
            return
        finally:
            self._dialling -= {asyncio.current_task()}
        link = driver.up(dialling, opened.attempt)
        if link is None:
            await opened.wire.abort()
        else:
            await Carrier(opened.wire, link, self._changed, opened.leftover).run()
