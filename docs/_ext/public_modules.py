"""The public modules: what each is for, and how stable it is.

The pages of the reference and tests/repository/api.txt are made from this list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any


@dataclass(frozen=True, slots=True)
class Public:
    """A public module."""

    name: str
    about: str
    stability: str = "stable"

    @property
    def module(self) -> ModuleType:
        """The module, imported."""
        return import_module(self.name)

    @property
    def names(self) -> list[str]:
        """What it exports, without modules."""
        module = self.module
        return [name for name in module.__all__ if not isinstance(getattr(module, name), ModuleType)]


MODULES = (
    Public("sansio_tl", "connections, clients, their settings, keys, the codec"),
    Public("sansio_tl.auth", "login flows"),
    Public("sansio_tl.client", "actions and events of `Client`"),
    Public("sansio_tl.data_centers", "addresses and keys of Telegram's data centers"),
    Public("sansio_tl.errors", "exceptions"),
    Public("sansio_tl.events", "events of a connection"),
    Public("sansio_tl.session_strings", "session strings of other libraries"),
    Public("sansio_tl.testing", "the embedded data center"),
    Public("sansio_tl_transports.asyncio", "the adapter for asyncio"),
    Public("sansio_tl_transports.sync", "the adapter with blocking sockets"),
    Public("sansio_tl_transports.trio", "the adapter for trio"),
    Public("sansio_tl_transports.session_files", "session files of other libraries"),
    Public("sansio_tl_transports", "what the adapters share"),
    Public("sansio_tl.framing", "packets in a byte stream", "advanced"),
    Public("sansio_tl.proxy", "handshakes with proxies", "advanced"),
    Public("sansio_tl.simulation", "simulated network, clock, faults, attacker", "advanced"),
    Public("sansio_tl.trace", "what [tracers](../tracing.md) are given", "advanced"),
    Public("sansio_tl_transports.tracing", "tracers", "advanced"),
    Public("sansio_tl_transports.stores", "session stores", "advanced"),
    Public("sansio_tl_transports.stores.contract", "the tests that any session store passes", "advanced"),
    Public("sansio_tl_transports.stores.postgres", "the store in PostgreSQL", "advanced"),
    Public("sansio_tl_transports.stores.redis", "the store in Redis", "advanced"),
    Public("sansio_tl_transports.fleet", "many accounts in several processes", "advanced"),
    Public("sansio_tl_transports.fleet.asyncio", "fleets in asyncio", "advanced"),
    Public("sansio_tl_transports.fleet.trio", "fleets in trio", "advanced"),
    Public("sansio_tl.connection.server", "what a server's events carry", "advanced"),
)


def homes() -> Iterator[tuple[str, str, Any]]:
    """Each exported object once: the module that documents it, its name there, and the object."""
    seen: set[int] = set()
    for public in MODULES:
        for name in public.names:
            value = getattr(public.module, name)
            if isinstance(value, type) or callable(value):
                if id(value) in seen:
                    continue
                seen.add(id(value))
            yield public.name, name, value
