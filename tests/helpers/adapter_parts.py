"""What is inside a connection or client of an adapter. The only file of the tests that takes one apart."""

from __future__ import annotations

from typing import Any

from sansio_tl import Client, Connection
from sansio_tl_transports import sync
from sansio_tl_transports.sync._worker import Worker
from tests.helpers.adapters import AwaitableClient, AwaitableConnection


def runner_of(adapted: Any) -> Any:
    """The ConnectionRunner or ClientRunner of a connection or client of any adapter."""
    return adapted_by(adapted)._driver


def adapted_by(adapted: Any) -> Any:
    """The adapter's own connection or client, without the interface that tests have for all adapters."""
    if isinstance(adapted, AwaitableConnection):
        return adapted._connection
    return adapted._account if isinstance(adapted, AwaitableClient) else adapted


def connection_of(adapted: Any) -> Connection:
    """The engine of a connection."""
    connection: Connection = runner_of(adapted)._connection
    return connection


def client_of(adapted: Any) -> Client:
    """The engine of a client."""
    client: Client = runner_of(adapted)._client
    return client


def worker_of(adapted: sync.Connection) -> Worker:
    """The thread of a blocking connection."""
    worker: Worker = adapted._worker
    return worker


def end_lease_of(adapted: Any) -> None:
    """Let the lease of the client's stored session end by the clock, without a word to the client."""
    runner_of(adapted)._session._deadline = -1.0
