"""The blocking client: opens and reopens connections as the engine's `Client` requests."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from functools import partial
from typing import Any, TypeVar

from sansio_tl import ClientConfig, Function, TLObject, auth, types
from sansio_tl.auth import Flow
from sansio_tl.proxy import Proxy
from sansio_tl.trace import Tracer
from sansio_tl_transports._shared.callbacks import call_plain, require_plain
from sansio_tl_transports._shared.client_runner import ClientRunner, PendingConnect, Report, Save
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connect_options import ConnectOptions, Failure
from sansio_tl_transports._shared.flow_prompts import UpdateSource
from sansio_tl_transports._shared.login import Ask, Conversation, PromptAnswers
from sansio_tl_transports._shared.opening import opening
from sansio_tl_transports._shared.properties import ClientProperties
from sansio_tl_transports._shared.stored_session import DEFAULT_LEASE, check_arguments
from sansio_tl_transports.stores.base import LeaseOptions, SessionStore
from sansio_tl_transports.sync._opener import Steps, open_socket, start_opened, start_task
from sansio_tl_transports.sync._stored_session import stored_session
from sansio_tl_transports.sync._waiter import ResultEvent
from sansio_tl_transports.sync._worker import Socket, Worker, running

R = TypeVar("R")


class Client(ClientProperties[ResultEvent]):
    """The client of one account, made by `open_client`. Any number of threads may use it at once."""

    def __init__(self, driver: ClientRunner[ResultEvent], worker: Worker) -> None:
        super().__init__(driver)
        self._worker = worker

    def snapshot(self) -> dict[str, Any]:
        """The state as a value for `json.dumps`, for another process. It holds the auth keys: keep it secret."""
        return self._worker.call(self._driver.snapshot)

    def forget_key(self, dc_id: int | None = None) -> None:
        """Drop a key that its data center does not know any more (`AuthKeyNotFound`); a new one is made when needed.

        None means the home data center: that ends the login. Raises LocalProtocolError when there is no key.
        """
        self._worker.call(partial(self._driver.forget_key, dc_id))

    def invoke(
        self,
        function: Function[R],
        *,
        dc_id: int | None = None,
        timeout: float | None = None,
    ) -> R:
        """Send a request to the home data center, or to `dc_id`, and wait for its result.

        It is sent again when a connection is lost, and follows migrations of the account. Raises RpcError;
        TimeoutError after `timeout` seconds; ConnectionLostError when the outcome is unknown; RemoteProtocolError for
        an answer that cannot be decoded; and EncodeError, before anything is sent, for a value that cannot be encoded.
        """
        invoke = partial(self._driver.invoke, function, dc_id=dc_id)
        return self._worker.ask(self._driver, invoke, function, timeout)

    def updates(self) -> Iterator[TLObject]:
        """Messages that the server sends unasked, of type Updates; updatesTooLong where some were missed.

        Ends when the client is closed.
        """
        return iterate_updates(self._worker, self._driver)

    def run(self, flow: Flow[Any], *, timeout: float | None = None) -> None:
        """Run the flow, at the data centers that it selects, until it needs input or is finished.

        Raises TimeoutError when an answer takes longer than `timeout` seconds; `run` may be called again. Raises what
        `invoke` raises, except RpcError, which the flow handles.
        """
        self._worker.run_flow(self._driver, flow, timeout)

    def wait(self, flow: Flow[Any], *, timeout: float | None = None) -> None:
        """Run the flow when time or an update has moved it: a QR code is scanned or expires, a payment arrives.

        `timeout` is for each answer of the server, as in `run`. Returns at once when the flow has a next action, which
        `run` performs. Raises LocalProtocolError when the client is closed, and what `run` raises.
        """
        self._worker.run_flow(self._driver, flow, timeout, waits=True)

    def steps(self, flow: Flow[Any], *, timeout: float | None = None) -> Iterator[auth.Prompt]:
        """Run the flow to its end, and yield its prompt each time it needs input.

            for prompt in client.steps(flow):
                if isinstance(prompt, auth.CodePrompt):
                    flow.enter_code(...)

        When the body gives no input, time and updates continue the flow, as for a QR code that is shown.
        `timeout` is for each answer of the server, as in `run`.
        """
        while True:
            self.run(flow, timeout=timeout)
            prompt = flow.prompt
            if flow.finished or prompt is None:
                return
            yield prompt
            self.wait(flow, timeout=timeout)

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
        """Log in with a phone number, a bot's token or, when `show_qr` is given, a QR code; returns the user.

        The callbacks get the prompt and return the input. `code` is called again after a wrong code (`prompt.tries`),
        `password` too unless it is a text. `show_qr` gets each new QR code and returns nothing. After a logout on this
        device no code is needed: the future auth token is sent. `timeout` is for each answer of the server, not for
        the callbacks.

        Raises RpcError when the login fails, LoginInterrupted (with the flow, to continue it) for a prompt without a
        callback, LocalProtocolError for invalid arguments, TypeError for an async callback, and what `invoke` raises,
        such as TimeoutError.
        """
        require_plain(
            code=code, password=password, sign_up=sign_up, email=email, email_code=email_code, show_qr=show_qr
        )
        answers = PromptAnswers(
            code=code, password=password, sign_up=sign_up, email=email, email_code=email_code, show_qr=show_qr
        )
        conversation = Conversation.start(
            self._driver, phone_number=phone_number, bot_token=bot_token, api_hash=api_hash, answers=answers
        )
        for _ in self.steps(conversation.flow, timeout=timeout):
            ask, prompt = conversation.question()
            conversation.answer(prompt, call_plain(f"the answer to {type(prompt).__name__}", ask, prompt))
        return conversation.end()


@opening("client")
def open_client(
    config: ClientConfig,
    snapshot: dict[str, Any] | None = None,
    *,
    framing: str | None = None,
    proxy: str | Proxy | None = None,
    tls: bool | ssl.SSLContext = False,
    on_event: Report | None = None,
    save: Save | None = None,
    tracer: Tracer | None = None,
    store: SessionStore | None = None,
    name: str | None = None,
    lease: LeaseOptions = DEFAULT_LEASE,
) -> Iterator[Client]:
    """Yield a `Client`; on exit, close all connections. Connections are opened when there is a request.

    Args:
        config: the settings of the client, and the addresses of data centers.
        snapshot: the result of `Client.snapshot`, in this process or another.
        framing: one of `sansio_tl.framing.FRAMINGS`, instead of the one in `config`.
        proxy: a URL (socks5://, http://, tg://proxy, https://t.me/proxy ...) or a `Proxy`.
        tls: whether to use TLS, as wss requires; or an SSL context.
        on_event: called with each event of the client except answers and updates: ConnectionLost, AuthorizationLost ...
            Like `save` it is called in the worker thread, and must not wait for an answer.
        save: called with a new snapshot whenever it has changed. Neither may be async.
        tracer: records what happens (`sansio_tl.trace`), for example one of `sansio_tl_transports.tracing`.
        store: a `sansio_tl_transports.stores.SessionStore`, instead of `snapshot`: the session `name` is
            loaded from it, saved in it whenever it has changed, and used by this client alone as long as its lease
            is valid. Without the lease the client stops.
        name: of the session in the store.
        lease: how long the lease is valid, and how long to wait for it.

    Raises LocalProtocolError for an invalid snapshot or invalid connect options, EncodeError for a setting that cannot
    be encoded, TypeError for an async `on_event` or `save`; and what `on_event` or `save` raised. Raises LeaseHeldError
    while another client has the session, LeaseLostError when this one had to stop, StoreError of the store,
    ComputationError when no thread can be started.
    """
    clock = Clock()
    connect_options = ConnectOptions(framing=framing, proxy=proxy, tls=tls, clock=clock)
    check_arguments(store, name, snapshot, library=None)
    with stored_session(store, name, lease) as session, running() as worker:

        def begin() -> ClientRunner[ResultEvent]:
            connector = ClientConnector(worker)
            connector.driver = ClientRunner(
                config,
                snapshot,
                connect_options=connect_options,
                clock=clock,
                make_event=worker.make_event,
                changed=partial(worker.wake, connector),
                run_job=worker.run_job,
                on_event=on_event,
                save=save,
                tracer=tracer,
                session=session,
            )
            if session is not None:  # in the thread of the session
                session.on_failure = lambda error: worker.submit(partial(connector.driver.fail, error))
            worker.add(connector)
            return connector.driver

        driver = worker.call(begin)
        yield Client(driver, worker)
    driver.raise_bug()


def iterate_updates(worker: Worker, driver: UpdateSource) -> Iterator[TLObject]:
    """The updates of a runner, until it is closed."""

    def look() -> tuple[ResultEvent, TLObject | None, bool]:
        return driver.callers.news.event, driver.take_update(), driver.closed

    while True:
        worker.require_no_callback("wait for updates")
        news, updates, closed = worker.call(look)
        if updates is not None:
            yield updates
        elif closed:
            return
        else:
            news.wait()


class ClientConnector:
    """Opens connections as the client requests, and calls it at its deadlines."""

    driver: ClientRunner[ResultEvent]
    """Set before the worker runs it."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def ready(self, sock: Socket, events: int, /) -> None:
        """It has no socket."""

    def release(self) -> None:
        """It has no socket."""

    def tick(self) -> None:
        """Called at the deadline, or earlier."""
        self.driver.tick()

    def close(self) -> None:
        """Close the client."""
        self.driver.close()

    def fail(self, bug: Exception) -> None:
        """A bug: it ends this client only."""
        self.driver.fail(bug)

    def settle(self) -> float | None:
        """Wake the connections that have output, and open others."""
        driver = self.driver
        driver.flush()
        while (pending := driver.next_connect()) is not None:
            pending.cancel = start_task(self._worker, self._open(pending), driver.fail)
        return None if driver.closed else driver.deadline()

    def _open(self, pending: PendingConnect) -> Steps[None]:
        driver = self.driver
        try:
            opened = yield from open_socket(pending.attempts, driver.stagger)
        except Failure as error:
            driver.connection_failed(pending, error)
        else:
            make = partial(driver.connection_made, pending, opened.attempt)
            start_opened(self._worker, opened, make)
