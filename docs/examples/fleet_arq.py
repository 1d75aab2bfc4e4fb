"""Jobs for the accounts of a fleet, with arq on the Redis that also has the sessions. Start it in several processes.

A worker gets any job. If the account is open in another process, the job is tried again a little later, by any worker.
Another program gives the jobs:

    redis = await arq.create_pool(RedisSettings.from_dsn(url))
    await redis.enqueue_job("send_message", "alice", "me", "Hello")        # session, user name, text
"""

import asyncio
import secrets
import signal
import sys
from typing import Any

from arq import Retry
from arq.connections import RedisSettings
from arq.worker import Worker, func

from sansio_tl import ClientConfig, Config, errors, functions, types
from sansio_tl_transports.fleet.asyncio import FleetOptions, open_fleet
from sansio_tl_transports.stores.redis import AsyncRedisStore


async def send_message(ctx: dict[str, Any], name: str, username: str, text: str) -> None:
    """A job: send a message from an account."""
    client = ctx["fleet"].clients.get(name)
    if client is None:
        raise Retry(defer=1)
    if username == "me":
        peer: types.TypeInputPeer = types.InputPeerSelf()
    else:
        found = await client.invoke(functions.contacts.ResolveUsername(username))
        user = found.users[0]
        peer = types.InputPeerUser(user.id, user.access_hash)
    random_id = secrets.randbits(63)
    try:
        await client.invoke(functions.messages.SendMessage(peer=peer, message=text, random_id=random_id))
    except errors.FloodWait as error:
        raise Retry(defer=error.seconds) from error


async def main(config: ClientConfig, url: str) -> None:
    """Keep accounts open, and work, until SIGTERM or Ctrl-C; then hand the accounts over."""
    store = AsyncRedisStore.from_url(url)
    options = FleetOptions(connects_per_second=5, max_accounts=2500)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with open_fleet(config, store=store, options=options) as fleet:
        worker = Worker(
            functions=[func(send_message, max_tries=100)],
            redis_settings=RedisSettings.from_dsn(url),
            ctx={"fleet": fleet},
            handle_signals=False,
        )
        working = asyncio.create_task(worker.async_run())
        await ended.wait()
        working.cancel()
        await asyncio.wait([working])
        await worker.close()
    await store.close()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} API_ID REDIS_URL")
    asyncio.run(main(ClientConfig(connection_config=Config(api_id=int(sys.argv[1]))), sys.argv[2]))
