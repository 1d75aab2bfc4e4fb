"""Fleets: one process keeps the accounts of a session store connected, and shares them with other processes.

    from sansio_tl_transports.fleet.asyncio import open_fleet          # or .trio

    async def on_client(name, client):
        async for updates in client.updates():
            ...

    async with open_fleet(config, store=RedisStore.from_url(...), on_client=on_client, connects_per_second=5) as fleet:
        await asyncio.Event().wait()

A fleet opens each session of the store whose lease is free, up to `max_accounts`, and keeps it open. Processes that
have the same store share its accounts: each account is open in one of them. When a process dies, its leases expire,
and the others open its accounts; one that exits gives its leases back. The store is all the coordination there is.

The fairness is that of a queue: accounts are opened in the order in which they are due, and those that cannot be opened
wait longer after each failure, so that they do not take the turns of the others.
"""

from __future__ import annotations

from sansio_tl_transports.fleet._fleet import Fleet, FleetOptions, KeyNotFoundError, NotLoggedInError

__all__ = ["Fleet", "FleetOptions", "KeyNotFoundError", "NotLoggedInError"]
