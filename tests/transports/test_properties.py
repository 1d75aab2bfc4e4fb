"""What clients, connections and servers show of themselves: who and where, never a secret."""

from __future__ import annotations

from os import urandom

from sansio_tl import AuthKey, Client, Connection
from sansio_tl.connection.server import KeyStore, ServerConfig, ServerConnection
from sansio_tl_transports._shared.acceptor import Server
from sansio_tl_transports.testing.server_thread import RunningDataCenter
from tests.helpers.adapters import Adapter, each_adapter
from tests.helpers.rsa_key import rsa_key

NUMBER = "+12025550100"
NOW = 1_700_000_000.0


@each_adapter
def test_client_shows_its_user_and_data_center(adapter: Adapter, data_center: RunningDataCenter) -> None:
    account = data_center.add_account(NUMBER)
    shown: list[str] = []

    async def scenario() -> None:
        async with adapter.open_client(data_center.client_config()) as client:
            shown.append(repr(client))
            await client.login(NUMBER, api_hash="x", code=lambda _: data_center.code_for(NUMBER))
            shown.append(repr(client))

    adapter.run(scenario)
    assert [text.partition("Client: ")[2] for text in shown] == [
        "not logged in, home data center 2>",
        f"user {account.id}, home data center 2>",
    ]


@each_adapter
def test_connection_shows_the_id_of_its_key(adapter: Adapter, data_center: RunningDataCenter) -> None:
    async def scenario() -> None:
        async with adapter.connect(data_center.address, data_center.config()) as connection:
            assert repr(connection).endswith(f"Connection: {connection.auth_key!r}>")
            assert connection.auth_key.key.hex() not in repr(connection)

    adapter.run(scenario)


def test_engine_objects_show_who_and_where(data_center: RunningDataCenter) -> None:
    client = Client(data_center.client_config(), entropy=urandom, now=NOW)
    assert repr(client) == "<Client: not logged in, home data center 2>"
    client.close(now=NOW)
    assert repr(client) == "<Client: not logged in, home data center 2, closed>"
    connection = Connection(data_center.config(), entropy=urandom, now=NOW)
    assert repr(connection) == "<Connection: data center 2, no auth key yet>"
    connection.receive_data(b"", now=NOW)
    assert repr(connection) == "<Connection: data center 2, no auth key yet, closed>"
    key = AuthKey(urandom(256))
    known = Connection(data_center.config(), auth_key=key, entropy=urandom, now=NOW)
    assert repr(known) == f"<Connection: data center 2, {key!r}>"
    server = ServerConnection(ServerConfig(private_keys=(rsa_key(),)), KeyStore(), entropy=urandom, now=NOW)
    assert repr(server) == "<ServerConnection: 0 sessions>"
    server.receive_data(b"", now=NOW)
    assert repr(server) == "<ServerConnection: 0 sessions, closed>"


def test_server_shows_its_addresses() -> None:
    assert repr(Server(("127.0.0.1", 443))) == "<Server on 127.0.0.1 port 443>"
    assert repr(Server(("::1", 443), ("::1", 8443))) == "<Server on ::1 port 443, TLS on ::1 port 8443>"
