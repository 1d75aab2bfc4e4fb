"""The asyncio adapter: `connect`, `open_client` and `serve`.

    async with connect(("127.0.0.1", 443), Config(api_id=...)) as connection:
        sent = await connection.invoke(functions.auth.SendCode(...))

Any number of tasks may invoke at once. Cancelling a task that waits for an answer does not affect the connection.
"""

from sansio_tl_transports import ConnectError, LoginInterrupted
from sansio_tl_transports._shared.acceptor import Server
from sansio_tl_transports._shared.async_adapter import AsyncAdapter
from sansio_tl_transports._shared.async_client import TaskClient, TaskConnection
from sansio_tl_transports.asyncio._backend import Backend

__all__ = ["Client", "ConnectError", "Connection", "LoginInterrupted", "Server", "connect", "open_client", "serve"]


class Connection(TaskConnection):
    """A client connection to one data center, made by `connect`."""


class Client(TaskClient):
    """The client of one account, made by `open_client`. Any number of tasks may use it at once."""


_ADAPTER = AsyncAdapter(Backend, Connection, Client)
connect, open_client, serve = _ADAPTER.connect, _ADAPTER.open_client, _ADAPTER.serve
