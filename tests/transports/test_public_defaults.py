"""Defaults of the adapters and of the command line."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

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


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (commands.login, {"timeout": 60.0, "qr": False, "bot": False}),
        (commands.logout, {"timeout": 60.0}),
        (
            commands.serve,
            {
                "port": 0,
                "resend_timeout": 60,
                "require_proxy_secret": False,
                "verbose": False,
                "as_json": False,
                "plain_errors": False,
            },
        ),
        (RunningDataCenter.code_for, {"timeout": 30.0}),
        (RunningDataCenter.mail_for, {"timeout": 30.0}),
        (RunningDataCenter.wait_for, {"timeout": 30.0}),
        (RunningDataCenter.wait_for_request, {"timeout": 30.0}),
        (RunningDataCenter.push, {"timeout": 30.0}),
        (DataCenter.make_web_token, {"life": 60.0}),
    ],
)
def test_commands_and_the_server_thread_have_the_published_defaults(
    function: Callable[..., Any], expected: dict[str, object]
) -> None:
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
