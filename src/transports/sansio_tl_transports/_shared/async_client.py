"""What the asyncio and the trio adapter share of `Client` and `Connection`: callers that wait in tasks."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any, TypeVar

from sansio_tl import Function, RequestHandle, TLObject, auth, types
from sansio_tl.auth import Flow
from sansio_tl_transports._shared.async_backend import AsyncBackend
from sansio_tl_transports._shared.client_runner import ClientRunner
from sansio_tl_transports._shared.connection_runner import ClientConnectionRunner
from sansio_tl_transports._shared.flow_prompts import Steps, UpdateStream
from sansio_tl_transports._shared.flow_run import FlowRun, must_run
from sansio_tl_transports._shared.login import Ask, Conversation, PromptAnswers
from sansio_tl_transports._shared.properties import ClientProperties, ConnectionProperties
from sansio_tl_transports._shared.waiter import Requests, Wake, check_timeout

R = TypeVar("R")


class TaskClient(ClientProperties[Any]):
    """The client of one account. Any number of tasks may use it at once."""

    def __init__(self, driver: ClientRunner[Any], loop: AsyncBackend[Any]) -> None:
        super().__init__(driver)
        self._loop = loop

    def snapshot(self) -> dict[str, Any]:
        """The state as a value for `json.dumps`, for another process. It holds the auth keys: keep it secret."""
        return self._driver.snapshot()

    def forget_key(self, dc_id: int | None = None) -> None:
        """Drop a key that its data center does not know any more (`AuthKeyNotFound`); a new one is made when needed.

        None means the home data center: that ends the login. Raises LocalProtocolError when there is no key.
        """
        self._loop.require_current()
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
        invoke = partial(self._driver.invoke, function, dc_id=dc_id)
        return await ask(self._driver, self._loop, function, invoke, timeout)

    def updates(self) -> AsyncIterator[TLObject]:
        """Messages that the server sends unasked, of type Updates; updatesTooLong where some were missed.

        Ends when the client is closed.
        """
        return UpdateStream(self._driver, self._loop)

    async def run(self, flow: Flow[Any]) -> None:
        """Run the flow, at the data centers that it selects, until it needs input or is finished.

        Computations run in a thread. Raises what `invoke` raises, except RpcError, which the flow handles.
        """
        await run_flow(self._driver, self._loop, flow)

    async def wait(self, flow: Flow[Any]) -> None:
        """Run the flow when time or an update has moved it: a QR code is scanned or expires, a payment arrives.

        Returns at once when the flow has a next action, which `run` performs. Raises LocalProtocolError when the client
        is closed, and what `run` raises.
        """
        await run_flow(self._driver, self._loop, flow, waits=True)

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
        answers = PromptAnswers(
            code=code, password=password, sign_up=sign_up, email=email, email_code=email_code, show_qr=show_qr
        )
        conversation = Conversation.start(
            self._driver, phone_number=phone_number, bot_token=bot_token, api_hash=api_hash, answers=answers
        )
        async for _ in self.steps(conversation.flow):
            ask, prompt = conversation.question()
            given = ask(prompt)
            conversation.answer(prompt, await given if inspect.isawaitable(given) else given)
        return conversation.end()


class TaskConnection(ConnectionProperties[Any]):
    """A client connection to one data center."""

    def __init__(self, driver: ClientConnectionRunner[Any], loop: AsyncBackend[Any]) -> None:
        super().__init__(driver)
        self._loop = loop

    async def invoke(self, function: Function[R], *, timeout: float | None = None) -> R:  # noqa: ASYNC109
        """Send a request and wait for its result, `timeout` seconds at most.

        Raises RpcError; TimeoutError; ConnectionLostError when the connection ends before the answer;
        RemoteProtocolError or TransportError when the server caused that; and EncodeError, before anything is sent,
        for a value that cannot be encoded.
        """
        invoke = partial(self._driver.invoke, function)
        return await ask(self._driver, self._loop, function, invoke, timeout)

    def updates(self) -> AsyncIterator[TLObject]:
        """Messages that the server sends unasked, of type Updates; updatesTooLong where some were missed.

        Ends when this side closes the connection; otherwise raises the error that ended it.
        """
        return UpdateStream(self._driver, self._loop)

    async def run(self, flow: Flow[Any]) -> int | None:
        """Run the flow until it needs input or is finished; computations run in a thread.

        Returns None, or the number of the data center where the flow continues: connect to it and run the flow there.
        """
        return await run_flow(self._driver, self._loop, flow)


async def ask(
    driver: Requests,
    loop: AsyncBackend[Any],
    function: Function[R],
    invoke: Callable[[Wake], RequestHandle[R]],
    seconds: float | None,
) -> R:
    """Make a request with `invoke`, and wait for its result. Raises TimeoutError after so many seconds."""
    loop.require_current()
    if seconds is not None:
        check_timeout(seconds)
    event = loop.make_event()
    handle = invoke(event.set)
    try:
        await loop.wait_alone(event, seconds)
    finally:
        driver.forget(handle)
    if not event.is_set():
        raise TimeoutError(driver.no_answer(function, seconds))
    return driver.result(handle)


async def run_flow(driver: Requests, loop: AsyncBackend[Any], flow: Flow[Any], *, waits: bool = False) -> int | None:
    """Run the flow until it needs input or has ended; with `waits`, after time or an update has moved it."""
    loop.require_current()
    if not must_run(flow, waits=waits):
        return None
    event, run = loop.make_event(), FlowRun(flow, waits=waits)
    driver.run(run, event.set)
    try:
        await loop.wait_alone(event, None)
    finally:
        driver.forget(run)
    return driver.result(run)
