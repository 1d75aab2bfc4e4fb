"""Only methods can be invoked: a type would reach the server, which drops it without an answer."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import Client, ClientConfig, Config, Connection, types
from sansio_tl.errors import LocalProtocolError
from tests.helpers.entropy import SeededEntropy
from tests.helpers.in_memory_network import NOW

TEXT = r"^function: an object of a class of sansio_tl\.functions, not a value of InputUserSelf$"


def test_client_refuses_a_type() -> None:
    client = Client(ClientConfig(connection_config=Config(api_id=1)), entropy=SeededEntropy(1), now=NOW)
    value: Any = types.InputUserSelf()
    with pytest.raises(LocalProtocolError, match=TEXT):
        client.invoke(value, now=NOW)


def test_connection_refuses_a_type() -> None:
    connection = Connection(Config(api_id=1), entropy=SeededEntropy(1), now=NOW)
    value: Any = types.InputUserSelf()
    with pytest.raises(LocalProtocolError, match=TEXT):
        connection.invoke(value, now=NOW)
