"""An account on plain sockets: many links, dialled and dialled again as the client asks.

One thread stands behind all links (`_carriers`); each link is dialled in a thread of its own.
"""

from __future__ import annotations

import contextlib
import math
import ssl
import time
from collections.abc import Iterator
from functools import partial
from typing import Any, TypeVar

from sansio_tl import ClientConfig, Function, TLObject, auth, types
from sansio_tl.auth import Compute, Flow, Invoke
from sansio_tl.errors import RemoteProtocolError, RpcError
from sansio_tl.proxy import Proxy
from sansio_tl_transports._shared.callbacks import call_plain, require_plain
from sansio_tl_transports._shared.client_runner import ClientRunner, Dialling, Report, Save
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connect_options import ConnectOptions, Failure
from sansio_tl_transports._shared.connection_runner import CONNECT_TIMEOUT, ConnectionRunner
from sansio_tl_transports._shared.login import Ask, Conversation, PromptAnswers, begin
from sansio_tl_transports.sync._calls import ask
from sansio_tl_transports.sync._reactor import Carriers, running
from sansio_tl_transports.sync._sockets import Dialler, Opened
from sansio_tl_transports.sync._waiter import Bell

R = TypeVar("R")


class Client:
    """One account, made by `open_client`. Any number of threads may use it at once."""

    def __init__(self, driver: ClientRunner[Bell], carriers: Carriers) -> None:
        self._driver = driver
        self._carriers = carriers
        self._lock = carriers.lock

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
        with self._lock:
            return self._driver.snapshot()

    def forget_key(self, dc_id: int | None = None) -> None:
        """Give up a key that its data center does not know any more (`AuthKeyNotFound`); another is made when needed.

        None means the account's own data center: that ends the login. Raises LocalProtocolError when there is no key.
        """
        with self._lock:
            self._driver.forget_key(dc_id)

    def invoke(
        self,
        function: Function[R],
        *,
        dc_id: int | None = None,
        timeout: float | None = None,
    ) -> R:
        """Send a request to the account's data center, or to `dc_id`, and wait for its result.

        It is sent again when a link is lost, and follows the account to where it lives. Raises RpcError when the
        server refuses it, TimeoutError after `timeout` seconds, ConnectionLostError when nobody can know what became
        of it, RemoteProtocolError for an answer that cannot be read, and EncodeError, before anything is sent, for a
        value that cannot be encoded.
        """
        driver = self._driver
        answer = ask(self._carriers, partial(driver.invoke, function, dc_id), driver.forget, timeout)
        if not answer.event.rung:
            raise TimeoutError(driver.no_answer(function, timeout))
        return answer.get()

    def updates(self) -> Iterator[TLObject]:
        """What the server tells unasked, objects of type Updates; updatesTooLong where some were missed.

        Ends when the account is left.
        """
        driver = self._driver
        while True:
            with self._lock:
                news, updates, closed = driver.news.event, driver.take_update(), driver.closed
            if updates is not None:
                yield updates
            elif closed:
                return
            else:
                news.wait()

    def run(self, flow: Flow[Any], *, timeout: float | None = None) -> None:
        """Do what the flow asks, where it asks it, until somebody must move or it is finished.

        Each answer is waited for `timeout` seconds at most: then TimeoutError is raised, and `run` may be called again.
        Raises what `invoke` raises, but no RpcError: a refusal leads the flow on.
        """
        driver = self._driver
        with self._lock:
            driver.watch(flow)
        while (action := flow.next_action()) is not None:
            match action:
                case Compute(job=job):
                    flow.receive_computed(job())
                case Invoke(function=function, dc=dc):
                    try:
                        result = self.invoke(function, dc_id=dc, timeout=timeout)
                    except (RpcError, RemoteProtocolError) as error:
                        flow.receive_error(error, now=driver.now)
                    else:
                        flow.receive_result(result, now=driver.now)

    def wait(self, flow: Flow[Any]) -> None:
        """Wait until time or an update moves the flow: a QR code is scanned or expires, a payment arrives. Then `run`.

        Returns at once when the flow has something to do. Raises LocalProtocolError when the account is left.
        """
        driver = self._driver
        with self._lock:
            driver.watch(flow)
        while True:
            with self._lock:
                news, moved = driver.news.event, driver.moved(flow)
            if moved:
                return
            deadline = driver.flow_deadline(flow)
            news.wait(None if deadline == math.inf else max(0.0, deadline - time.monotonic()))

    def steps(self, flow: Flow[Any], *, timeout: float | None = None) -> Iterator[auth.Prompt]:
        """Run the flow to its end, and give what it wants each time somebody must move.

            for wanted in account.steps(flow):
                if isinstance(wanted, auth.CodePrompt):
                    flow.enter_code(...)

        When the body leaves the flow as it is, time and updates move it, as for a QR code that is shown.
        `timeout` is for each answer of the server, as in `run`.
        """
        while True:
            self.run(flow, timeout=timeout)
            wanted = flow.prompt
            if flow.finished or wanted is None:
                return
            yield wanted
            if not flow.finished and flow.next_action() is None:
                self.wait(flow)

    def login(
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
        timeout: float | None = None,
    ) -> types.TypeUser:
        """Log in with a phone number, a bot's token or, when `show_qr` is given, a QR code; returns who that is.

        The callbacks are given what is wanted, and return the answer. `code` is asked again after a
        wrong one (`wanted.tries`), `password` too unless it is a text. `show_qr` is given each new code and returns
        nothing. Who logged out here before needs no code: the token that the server left is offered. Each answer of the
        server, no person's, is waited for `timeout` seconds at most.

        Raises RpcError when the server refuses for good, LoginInterrupted (with the flow to go on with) when
        something is wanted that no callback answers, LocalProtocolError for what cannot be, TypeError for an async
        callback, and what `invoke` raises, TimeoutError among it.
        """
        require_plain(
            code=code, password=password, sign_up=sign_up, email=email, email_code=email_code, show_qr=show_qr
        )
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
        for _ in self.steps(flow, timeout=timeout):
            ask, wanted = conversation.question()
            conversation.answer(wanted, call_plain(f"the answer to {type(wanted).__name__}", ask, wanted))
        return conversation.end()


@contextlib.contextmanager
def open_client(
    config: ClientConfig,
    snapshot: dict[str, Any] | None = None,
    *,
    framing: str | None = None,
    proxy: str | Proxy | None = None,
    tls: bool | ssl.SSLContext = False,
    on_event: Report | None = None,
    save: Save | None = None,
) -> Iterator[Client]:
    """Yield an `Client`; on leaving, hang up everywhere. Links are dialled when there is something to ask.

    Args:
        config: how it behaves, and where data centers listen.
        snapshot: what `Account.snapshot` gave, in this process or another.
        framing: one of `sansio_tl.framing.FRAMINGS`, in place of the one that `config` names.
        proxy: a link (socks5://, http://, tg://proxy, https://t.me/proxy ...) or a `Proxy`.
        tls: whether links are inside TLS, as wss wants it; or an SSL context of your own.
        on_event: is called with each event of the client but answers and updates: ConnectionLost, AuthorizationLost ...
            Like `save` it is called in whichever thread has the client at work, and may not wait for an answer.
        save: is called with a new snapshot whenever what it holds has changed. Neither may be async.

    Raises LocalProtocolError for a snapshot that is none or a road that there is not, EncodeError for a setting that
    cannot be sent, TypeError for an async `on_event` or `save`; and what `on_event` or `save` raised.
    """
    clock = Clock()
    way = ConnectOptions(framing=framing, proxy=proxy, tls=tls, clock=clock)
    with contextlib.ExitStack() as afterwards, running() as carriers:
        with carriers.lock:
            driver = ClientRunner(
                config,
                snapshot,
                way=way,
                clock=clock,
                make_event=Bell,
                changed=carriers.touch,
                on_event=on_event,
                save=save,
            )
        keeper = _Keeper(driver, carriers)
        afterwards.callback(keeper.join)
        carriers.keep(keeper)
        yield Client(driver, carriers)
    driver.raise_bug()


class _Keeper:
    """Dials as the client asks, and keeps its time. Called with the lock held."""

    def __init__(self, driver: ClientRunner[Bell], carriers: Carriers) -> None:
        self._driver = driver
        self._dialler = Dialler(carriers)
        self.deadline = driver.deadline
        self.fail = driver.fail
        self.join = self._dialler.join

    def tick(self) -> None:
        """Do what is due."""
        self._driver.tick()

    def settle(self) -> None:
        """Connect what is wanted."""
        while (dialling := self._driver.next_dial()) is not None:
            self._dialler.start(
                dialling.attempts,
                self._driver.stagger,
                timeout=CONNECT_TIMEOUT,
                opened=partial(self._up, dialling),
                failed=partial(self._failed, dialling),
            )

    def close(self) -> None:
        """The account is left."""
        self._dialler.stop()
        self._driver.close()

    def _up(self, dialling: Dialling, opened: Opened) -> ConnectionRunner | None:
        return self._driver.up(dialling, opened.attempt)

    def _failed(self, dialling: Dialling, error: Exception) -> None:
        if isinstance(error, Failure):
            self._driver.failed(dialling, error)
        else:
            self._driver.fail(error)
