"""A fleet in asyncio: see `sansio_tl_transports.fleet`."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

from sansio_tl import ClientConfig
from sansio_tl.proxy import Proxy
from sansio_tl_transports._shared.callbacks import require_plain
from sansio_tl_transports._shared.opening import async_opening
from sansio_tl_transports._shared.stored_session import check_arguments
from sansio_tl_transports.asyncio import Client, open_client
from sansio_tl_transports.asyncio._backend import Backend
from sansio_tl_transports.asyncio._pump import ResultEvent
from sansio_tl_transports.fleet._fleet import DEFAULTS, Fleet, FleetOptions
from sansio_tl_transports.stores.base import AnyStore

__all__ = ["Fleet", "FleetOptions", "open_fleet"]


@async_opening("fleet")
async def open_fleet(
    config: ClientConfig,
    *,
    store: AnyStore,
    on_client: Callable[[str, Client], Awaitable[object]] | None = None,
    on_error: Callable[[str | None, Exception], object] | None = None,
    options: FleetOptions = DEFAULTS,
    framing: str | None = None,
    proxy: str | Proxy | None = None,
    tls: bool | ssl.SSLContext = False,
) -> AsyncIterator[Fleet[Client, ResultEvent]]:
    """Keep the accounts of a store open, and share them with other processes; on exit, hand them over.

    Args:
        config: the settings of each client.
        store: a `SessionStore` or `AsyncSessionStore` with one session for each account.
        on_client: an async function that is called with the name and the client of each account that is opened, in a
            task of its own. The account stays open when it returns; it is cancelled before the account is closed. An
            exception closes the account, which is opened again later. It must end when it is cancelled: closing waits
            for it without a limit, and its lease is renewed meanwhile, for it has the client.
        on_error: called with the name of a session (None for the store as a whole) and the exception because of which
            it is not open, or with a KeyNotFoundError as long as its data center does not know its key. Leases of other
            processes are no errors. By default errors are logged.
        options: rates, limits and times.
        framing: as in `open_client`.
        proxy: as in `open_client`.
        tls: as in `open_client`.

    Raises LocalProtocolError for invalid arguments. What goes wrong with accounts or the store is reported.
    """
    require_plain(on_error=on_error)
    check_arguments(store, "any", None, library="asyncio")
    backend = Backend()
    async with backend.running():
        fleet = Fleet[Client, ResultEvent](
            config,
            store,
            options,
            backend,
            open_client,
            backend.start,
            on_client=on_client,
            on_error=on_error,
            arguments={"framing": framing, "proxy": proxy, "tls": tls},
        )
        stop = fleet.start()
        try:
            yield fleet
        finally:
            stop()
