"""What the tests of sockets share."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest


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
