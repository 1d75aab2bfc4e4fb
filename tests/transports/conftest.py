"""Fixtures of the tests with sockets."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sansio_tl_transports.cli import answer_timeout
from sansio_tl_transports.testing.server_thread import RunningDataCenter
from tests.transports.cli_user import NUMBER, CliUser

TIMEOUT = 60
"""Seconds for a test of sockets that says nothing else of itself: who waits forever is found out early."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        here = item.path.is_relative_to(Path(__file__).parent)
        if here and not any(item.get_closest_marker(name) for name in ("timeout", "long", "proxies")):
            item.add_marker(pytest.mark.timeout(TIMEOUT))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[socket.socket]]:
    """Every socket that is made, kept so that no garbage collector closes it for us."""
    sockets: list[socket.socket] = []
    make = socket.socket.__init__

    def noted(self: socket.socket, *args: Any, **settings: Any) -> None:
        make(self, *args, **settings)
        sockets.append(self)

    monkeypatch.setattr(socket.socket, "__init__", noted)
    yield sockets
    for each in sockets:
        each.close()


@pytest.fixture
def user(data_center: RunningDataCenter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliUser:
    monkeypatch.setattr(answer_timeout, "NOTE_AFTER", 1e6)  # what is printed does not depend on how busy the machine is
    return CliUser(data_center, tmp_path)


@pytest.fixture
def member(user: CliUser) -> CliUser:
    """A user who has logged in."""
    user.data_center.add_account(NUMBER)
    assert user.login("--phone", NUMBER, typed="12345\n").exit_code == 0
    return user
