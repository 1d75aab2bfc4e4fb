"""Invalid arguments of an adapter are refused by name before connecting."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import trio

from sansio_tl import ClientConfig, Config, Connection, Endpoint, auth, functions
from sansio_tl.errors import LocalProtocolError
from sansio_tl_transports import LoginInterrupted
from sansio_tl_transports import asyncio as on_asyncio
from sansio_tl_transports import sync as on_sockets
from sansio_tl_transports import trio as on_trio
from sansio_tl_transports._shared.login import Conversation, PromptAnswers
from sansio_tl_transports.stores import StoreError, open_store

CONFIG = Config(api_id=1, public_keys=())
CLIENT_CONFIG = ClientConfig(connection_config=CONFIG, endpoints={})
ADDRESS = ("127.0.0.1", 9)

Enter = Callable[[Any, str, tuple[Any, ...]], None]


def in_threads(adapter: Any, name: str, arguments: tuple[Any, ...]) -> None:
    with getattr(adapter, name)(*arguments):
        pass


async def in_tasks(adapter: Any, name: str, arguments: tuple[Any, ...]) -> None:
    async with getattr(adapter, name)(*arguments):
        pass


ADAPTERS = pytest.mark.parametrize(
    ("adapter", "enter"),
    [
        (on_sockets, in_threads),
        (on_asyncio, lambda *given: asyncio.run(in_tasks(*given))),
        (on_trio, lambda *given: trio.run(in_tasks, *given)),
    ],
    ids=["sync", "asyncio", "trio"],
)


@ADAPTERS
@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("open_client", (CONFIG,), "open_client: config: a ClientConfig .*, not a value of Config"),
        ("connect", (ADDRESS, CLIENT_CONFIG), "connect: config: a Config .*, not a value of ClientConfig"),
        ("connect", ("127.0.0.1:443", CONFIG), "a tuple of host and port, not a value of str"),
        ("connect", (("127.0.0.1", "443"), CONFIG), "invalid port"),
        ("connect", (("127.0.0.1",), CONFIG), "a tuple of host and port"),
    ],
)
def test_argument_of_a_wrong_type_is_named(
    adapter: Any, enter: Enter, name: str, arguments: tuple[Any, ...], message: str
) -> None:
    with pytest.raises(LocalProtocolError, match=message):
        enter(adapter, name, arguments)


def test_connection_refuses_a_client_config() -> None:
    config: Any = CLIENT_CONFIG
    with pytest.raises(LocalProtocolError, match="Connection: config: a Config, not a value of ClientConfig"):
        Connection(config, entropy=os.urandom, now=1_700_000_000.0)


@pytest.mark.parametrize("name", ["code", "sign_up", "email", "email_code", "show_qr"])
def test_text_in_place_of_a_callback_is_refused_naming_the_argument(name: str) -> None:
    given: Any = {name: "12345"}
    with pytest.raises(TypeError, match=f"^{name} must be a function .*, not str$"):
        PromptAnswers(**given)


def test_password_may_be_a_text() -> None:
    PromptAnswers(password="secret")
    password: Any = b"secret"
    with pytest.raises(TypeError, match="^password must be a function .*, not bytes$"):
        PromptAnswers(password=password)


class Asking:
    """A flow that wants something, and was refused nothing."""

    error = None

    def __init__(self, expected: auth.Prompt) -> None:
        self.prompt = expected


@pytest.mark.parametrize(
    ("expected", "argument"),
    [
        (auth.CodePrompt(via=auth.CodeDelivery.SMS), "code"),
        (auth.PasswordPrompt(), "password"),
        (auth.SignUpPrompt(), "sign_up"),
        (auth.EmailPrompt(), "email"),
        (auth.EmailCodePrompt(pattern="a***@example.org"), "email_code"),
        (auth.ScanPrompt(link="tg://login?token=", expires_at=1.0), "show_qr"),
    ],
)
def test_prompt_without_an_argument_names_the_argument(expected: auth.Prompt, argument: str) -> None:
    flow: Any = Asking(expected)
    with pytest.raises(LoginInterrupted, match=rf"\({type(expected).__name__}\): pass {argument}=\.\.\.,"):
        Conversation(flow, PromptAnswers()).question()
    answer = ("A", "B") if argument == "sign_up" else "answer"
    given: Any = {argument: lambda _: answer}
    ask, asked = Conversation(flow, PromptAnswers(**given)).question()
    assert (ask(asked), asked) == (answer, expected)


def test_prompt_that_no_argument_answers_is_reported() -> None:
    flow: Any = Asking(auth.NumberPrompt())
    with pytest.raises(LoginInterrupted, match="needs NumberPrompt, which no argument of login answers"):
        Conversation(flow, PromptAnswers()).question()


@ADAPTERS
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"save": "session.json"}, TypeError, "^save must be a function or None, not str$"),
        ({"on_event": 5}, TypeError, "^on_event must be a function or None, not int$"),
        ({"store": "sqlite:a.db", "name": "a"}, LocalProtocolError, r"store: a session store, such as .*open_store\("),
    ],
)
def test_option_of_a_wrong_type_is_named(
    adapter: Any, enter: Enter, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    class With:
        open_client = staticmethod(partial(adapter.open_client, **options))

    with pytest.raises(error, match=message):
        enter(With, "open_client", (CLIENT_CONFIG,))


def call_in_threads(do: Callable[[Any], Any], config: ClientConfig) -> None:
    with on_sockets.open_client(config) as client:
        do(client)


async def call_in_tasks(adapter: Any, do: Callable[[Any], Any], config: ClientConfig) -> None:
    async with adapter.open_client(config) as client:
        await do(client)


@pytest.mark.parametrize(
    ("do", "message"),
    [
        (lambda client: client.invoke(functions.help.GetConfig(), timeout="5"), "^timeout: seconds, or None"),
        (lambda client: client.invoke(functions.help.GetConfig(), dc_id="2"), "^invalid dc_id: found '2', expected"),
        (lambda client: client.run("flow"), "^run: flow: a flow of sansio_tl.auth, not a value of str"),
    ],
)
@pytest.mark.parametrize(
    "call",
    [
        call_in_threads,
        lambda *given: asyncio.run(call_in_tasks(on_asyncio, *given)),
        lambda *given: trio.run(call_in_tasks, on_trio, *given),
    ],
    ids=["sync", "asyncio", "trio"],
)
def test_argument_of_a_call_is_named(call: Callable[..., None], do: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(LocalProtocolError, match=message):
        call(do, CLIENT_CONFIG)


def test_negative_timeout_is_over_at_once() -> None:
    config = replace(CLIENT_CONFIG, endpoints={2: (Endpoint(*ADDRESS),)})
    with pytest.raises(TimeoutError):
        call_in_threads(lambda client: client.invoke(functions.help.GetConfig(), timeout=-1), config)


@ADAPTERS
def test_timeout_of_a_connection_is_a_number(adapter: Any, enter: Enter) -> None:
    class With:
        connect = staticmethod(partial(adapter.connect, timeout="5"))

    with pytest.raises(LocalProtocolError, match=r"^timeout: seconds, or None"):
        enter(With, "connect", (ADDRESS, CONFIG))


def test_url_of_a_store_is_a_text() -> None:
    url: Any = 5
    with pytest.raises(StoreError, match="invalid URL of a store: expected a text, found int"):
        open_store(url)


def test_adapter_of_another_loop_is_named() -> None:
    with pytest.raises(RuntimeError, match=r"transports\.asyncio is used in a running trio loop: .*transports\.trio$"):
        trio.run(in_tasks, on_asyncio, "open_client", (CLIENT_CONFIG,))
    with pytest.raises(
        RuntimeError, match=r"transports\.trio is used in a running asyncio loop: .*transports\.asyncio$"
    ):
        asyncio.run(in_tasks(on_trio, "open_client", (CLIENT_CONFIG,)))
    opening = in_tasks(on_trio, "open_client", (CLIENT_CONFIG,))
    with pytest.raises(RuntimeError, match=r"transports\.trio is used outside an event loop: .*transports\.sync$"):
        opening.send(None)
