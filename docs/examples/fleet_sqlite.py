"""Keep the accounts of sessions.db connected, in one process or in several.

Start a data center, log each account in once, and start any number of processes, each until Ctrl-C:

    sansio-tl serve --port 4430 --public-key dc.pem
    python fleet_sqlite.py alice +9996620000
    python fleet_sqlite.py bob +9996620001
    python fleet_sqlite.py
"""

import asyncio
import signal
import sys
from pathlib import Path

from sansio_tl import ClientConfig
from sansio_tl_transports.asyncio import Client, open_client
from sansio_tl_transports.fleet.asyncio import open_fleet
from sansio_tl_transports.stores import SQLiteStore


async def add(config: ClientConfig, store: SQLiteStore, name: str, phone_number: str) -> None:
    """Log an account in; the store keeps its session."""
    async with open_client(config, store=store, name=name) as client:
        user = await client.login(phone_number, api_hash="any", code=lambda _: "22222")
        print(f"{name}: logged in as user {user.id}")


async def on_client(name: str, client: Client) -> None:
    """Called for each account that this process opens."""
    print(f"{name}: user {client.user_id} is open in this process", flush=True)
    async for updates in client.updates():
        print(f"{name}: {updates}", flush=True)


async def main(config: ClientConfig, store: SQLiteStore) -> None:
    """Keep accounts open until SIGTERM or Ctrl-C; then hand them over."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with open_fleet(config, store=store, on_client=on_client):
        await ended.wait()


if __name__ == "__main__":
    config = ClientConfig.for_server("127.0.0.1", 4430, public_key=Path("dc.pem").read_text(), api_id=1)
    store = SQLiteStore("sessions.db")
    if len(sys.argv) == 3:
        asyncio.run(add(config, store, sys.argv[1], sys.argv[2]))
    else:
        asyncio.run(main(config, store))
