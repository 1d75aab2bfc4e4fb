"""Invalid arguments of an adapter are refused by name before connecting."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

import pytest
import trio

from sansio_tl import ClientConfig, Config, Connection, auth
from sansio_tl.errors import LocalProtocolError
from sansio_tl_transports import LoginInterrupted
from sansio_tl_transports import asyncio as on_asyncio
from sansio_tl_transports import sync as on_sockets
from sansio_tl_transports import trio as on_trio
from sansio_tl_transports._shared.login import Conversation, PromptAnswers

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
