"""Defaults of the adapters and of the command line."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, get_type_hints

import pytest
import typer
from typer.models import ParameterInfo

from sansio_tl.testing.data_center import DataCenter
from sansio_tl_transports._shared import acceptor, connect_options, connection_runner, escape_text
from sansio_tl_transports.cli import answer_timeout, commands, notifications, session_file
from sansio_tl_transports.cli import login as cli_login
from sansio_tl_transports.testing.server_thread import RunningDataCenter

ADAPTERS = ("trio", "asyncio", "sync")


def defaults(function: Callable[..., Any]) -> dict[str, object]:
    """Numbers and truth values, by parameter."""
    parameters = inspect.signature(function).parameters.values()
    return {each.name: each.default for each in parameters if isinstance(each.default, int | float)}


@pytest.mark.parametrize("name", ADAPTERS)
def test_adapters_have_the_published_defaults(name: str) -> None:
    adapter = import_module(f"sansio_tl_transports.{name}")
    assert defaults(adapter.connect) == {"tls": False, "timeout": 30.0}
    assert defaults(adapter.serve) == {"port": 0, "tls_port": 0, "max_connections": 10_000}
    assert defaults(adapter.open_client) == {"tls": False}


ON = (False, None, None)
"""A switch that is off unless it is given."""
TIMEOUT = (60.0, 1.0, 86_400.0)
OPTIONS = {
    "serve": {
        "port": (0, 0, 65_535),
        "dc_id": (None, 1, 5),
        "resend_timeout": (60, 0, None),
        "require_proxy_secret": ON,
        "tls_port": (None, 0, 65_535),
        "verbose": ON,
        "as_json": ON,
        "plain_errors": ON,
    },
    "web-proxy": {"port": (0, 0, 65_535), "polling": ON},
    "login": {"dc_id": (None, 1, 5), "api_id": (None, 1, None), "timeout": TIMEOUT, "qr": ON, "bot": ON},
    "logout": {"timeout": TIMEOUT},
    "decode": {"as_json": ON, "secrets": ON},
    "encode": {"as_base64": ON},
    "describe": {"everything": ON, "searching": ON, "as_json": ON},
    "trace": {"packets": ON},
    "bench": {"rounds": (15, 1, None), "json": ON},
    "accept": {"timeout": TIMEOUT, "yes": ON},
    "password": {"timeout": TIMEOUT, "remove": ON},
    "sessions end": {"others": ON},
    "sessions import": {"test": ON},
    "sessions export": {},
    "sessions stored": {},
    "sessions put": {},
    "sessions get": {"api_id": (None, 1, None)},
    "sessions move": {},
    "sessions restore": {"number": (0, 0, None)},
    "sessions forget-lost": {},
}
"""Default, minimum and maximum of each option that is a number or a switch."""


def registered(app: typer.Typer, prefix: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    """The commands by name, those of groups after the name of the group."""
    for command in app.registered_commands:
        assert command.callback is not None
        yield prefix + (command.name or command.callback.__name__), command.callback
    for group in app.registered_groups:
        assert group.typer_instance is not None
        yield from registered(group.typer_instance, f"{prefix}{group.name} ")


def options_of(command: Callable[..., Any]) -> dict[str, tuple[object, object, object]]:
    """As in `OPTIONS`."""
    hints = get_type_hints(command, include_extras=True)
    found: dict[str, tuple[object, object, object]] = {}
    for each in inspect.signature(command).parameters.values():
        for info in getattr(hints[each.name], "__metadata__", ()):
            if isinstance(info, ParameterInfo):
                numbers = each.default, info.min, info.max
                if any(isinstance(number, int | float) for number in numbers):
                    found[each.name] = numbers
    return found


def test_options_of_the_commands_have_the_published_defaults_and_bounds() -> None:
    commands_found = {name.replace("_", "-"): options_of(command) for name, command in registered(commands.app)}
    assert {name: each for name, each in commands_found.items() if not name.startswith("conform ")} == OPTIONS
    (group,) = [each for each in commands.app.registered_groups if each.name == "sessions"]
    assert group.typer_instance is not None
    callback = group.typer_instance.registered_callback
    assert callback is not None
    assert callback.callback is not None
    assert options_of(callback.callback) == {"timeout": TIMEOUT, "as_json": ON}


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (RunningDataCenter.code_for, {"timeout": 30.0}),
        (RunningDataCenter.mail_for, {"timeout": 30.0}),
        (RunningDataCenter.wait_for, {"timeout": 30.0}),
        (RunningDataCenter.wait_for_request, {"timeout": 30.0}),
        (RunningDataCenter.push, {"timeout": 30.0}),
        (DataCenter.make_web_token, {"life": 60.0}),
    ],
)
def test_server_thread_has_the_published_defaults(function: Callable[..., Any], expected: dict[str, object]) -> None:
    assert defaults(function) == expected


def test_constants_of_the_adapters_have_the_published_values() -> None:
    assert acceptor.MAX_CONNECTIONS == 10_000
    assert (connect_options.HAPPY_EYEBALLS_DELAY, connect_options.PAUSE) == (0.25, 1.0)
    assert (connection_runner.FIRST_READ, connection_runner.READ_SIZE) == (1 << 14, 1 << 16)
    assert (connection_runner.CONNECT_TIMEOUT, connection_runner.CLOSE_TIMEOUT) == (30.0, 1.0)
    assert escape_text.MAX_SHOWN == 4000


def test_constants_of_the_command_line_have_the_published_values() -> None:
    assert (answer_timeout.NOTE_AFTER, answer_timeout.TIMEOUT) == (5.0, 60.0)
    assert cli_login.TRIES == 3
    assert notifications.EXPLANATION_TIMEOUT == 5.0
    assert session_file.MODE == 0o600
