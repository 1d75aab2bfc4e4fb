"""The stores for PostgreSQL keep the contract, with a server that is killed, stopped, slow, or not there."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import psycopg
import pytest

from sansio_tl_transports.stores import LeaseHeldError, SessionStore, StoreError, StoreUnavailableError
from sansio_tl_transports.stores.contract import BlockingCalls, StoreContract
from sansio_tl_transports.stores.postgres import AsyncPostgresStore, PostgresStore
from tests.helpers.tcp_proxy import TcpProxy, tcp_proxy
from tests.stores.clock_steps import step_forward_takes_the_lease
from tests.stores.servers import ServerProcess, postgres_server
from tests.transports.proxies import free_port

pytestmark = pytest.mark.stores


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def url(server: ServerProcess) -> str:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS sansio_tl_sessions")
    return server.url


class TestPostgresStore(StoreContract):
    @pytest.fixture
    def factory(self, url: str) -> Callable[[], SessionStore]:
        return partial(PostgresStore, url)


class TestAsyncPostgresStore(StoreContract):
    @pytest.fixture
    def factory(self, url: str) -> Callable[[], SessionStore]:
        return partial(BlockingCalls, partial(AsyncPostgresStore, url))


def test_killed_server_keeps_what_it_has_confirmed() -> None:
    with postgres_server() as server:
        store = PostgresStore(server.url, timeout=2.0)
        lease = store.acquire("alice", "me", 600)
        version = store.save(lease, b"one", version=0)
        server.signal(signal.SIGQUIT)  # it ends at once, without writing anything more
        server.kill()
        with pytest.raises(StoreUnavailableError, match="no answer of PostgreSQL at 127.0.0.1"):
            store.load("alice")
        server.start()
        stored = store.load("alice")
        assert stored is not None
        assert (stored.data, stored.version) == (b"one", version)
        store.save(lease, b"two", version=version)
        store.close()


def test_leases_are_counted_by_the_clock_of_the_server(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here it is set forward by an hour: the end of the lease comes an hour earlier."""
    store = PostgresStore(url)
    store.acquire("bob", "first", 60)
    monkeypatch.setattr(time, "time", lambda: 4e9)
    with pytest.raises(LeaseHeldError):
        store.acquire("bob", "second", 60)
    monkeypatch.undo()
    with psycopg.connect(url, autocommit=True) as connection:
        earlier = "UPDATE sansio_tl_sessions SET expires = expires - interval '1 hour' WHERE name = 'alice'"
        step_forward_takes_the_lease(store, lambda: connection.execute(earlier))
    store.close()


def test_many_begin_at_once(url: str) -> None:
    errors: list[Exception] = []

    def begin(number: int) -> None:
        store = PostgresStore(url)
        try:
            store.acquire(f"account {number}", "me", 60)
        except StoreError as error:
            errors.append(error)
        store.close()

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_locked_row_is_reported_in_time(url: str) -> None:
    store = PostgresStore(url, timeout=0.5)
    lease = store.acquire("alice", "me", 60)
    with psycopg.connect(url) as connection:
        connection.execute("SELECT 1 FROM sansio_tl_sessions FOR UPDATE")
        with pytest.raises(StoreUnavailableError, match="is too slow: .* Check its load and its locks"):
            store.renew(lease, 60)
    store.renew(lease, 60)
    store.close()


def test_ended_connection_is_opened_again(url: str) -> None:
    store = PostgresStore(url)
    lease = store.acquire("alice", "me", 60)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sansio_tl'"
        )
    with pytest.raises(StoreUnavailableError):
        store.renew(lease, 60)
    store.renew(lease, 60)
    store.close()


def test_cancelled_call_leaves_no_answer_to_the_next_one(url: str) -> None:
    async def main() -> None:
        store = AsyncPostgresStore(url)
        lease = await store.acquire("alice", "me", 60)
        for _ in range(20):
            call = asyncio.ensure_future(store.save(lease, b"x", version=0))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
            stored = await store.load("alice")
            assert stored is None or stored.data == b"x"
            if stored is not None:
                await store.delete(lease, version=stored.version)
        await store.close()

    asyncio.run(main())


def through(url: str, proxy: TcpProxy) -> str:
    return url.replace(url.split("@")[1].split("/", maxsplit=1)[0], "{}:{}".format(*proxy.address))


def address(url: str) -> tuple[str, int]:
    host, port = url.split("@")[1].split("/", maxsplit=1)[0].split(":")
    return host, int(port)


def test_server_behind_a_broken_network_is_reported_in_time(url: str) -> None:
    """Sent bytes are acknowledged, and no answer comes: neither TCP nor the server's own timeout ends the call."""
    with tcp_proxy(address(url)) as proxy:
        store = PostgresStore(through(url, proxy), timeout=0.5)
        lease = store.acquire("alice", "me", 60)
        proxy.dropping_replies = True
        begun = time.monotonic()
        with pytest.raises(StoreUnavailableError, match="no answer of PostgreSQL .* Check that it runs"):
            store.renew(lease, 60)
        assert time.monotonic() - begun < 10
        proxy.dropping_replies = False
        store.renew(lease, 60)
        store.close()


def test_async_store_behind_a_broken_network_reports_it_in_time(url: str) -> None:
    async def main() -> None:
        with tcp_proxy(address(url)) as proxy:
            store = AsyncPostgresStore(through(url, proxy), timeout=0.5)
            lease = await store.acquire("alice", "me", 60)
            proxy.dropping_replies = True
            begun = time.monotonic()
            with pytest.raises(StoreUnavailableError, match="Check that it runs"):
                await store.renew(lease, 60)
            assert time.monotonic() - begun < 20
            proxy.dropping_replies = False
            await store.renew(lease, 60)
            await store.close()

    asyncio.run(main())


def test_absent_server_says_what_to_do() -> None:
    store = PostgresStore(f"postgresql://tester:secret@127.0.0.1:{free_port()}/postgres")
    with pytest.raises(StoreUnavailableError, match="Check that it runs") as caught:
        store.names()
    assert "secret" not in f"{caught.value}{store!r}"


def test_user_without_rights_learns_the_statement(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS guest")
        connection.execute("CREATE ROLE guest LOGIN")
    store = PostgresStore(url.replace("tester", "guest"))
    with pytest.raises(StoreError, match=r"run sansio_tl_transports\.stores\.postgres\.TABLE"):
        store.names()
    store.close()


def test_read_only_server_is_refused(url: str) -> None:
    maker = PostgresStore(url)
    maker.names()  # makes the table
    maker.close()
    store = PostgresStore(f"{url}?options=-cdefault_transaction_read_only%3Don")
    with pytest.raises(StoreUnavailableError, match="is a replica: use the primary"):
        store.acquire("alice", "me", 60)
    store.close()


def test_invalid_connection_string_is_refused() -> None:
    with pytest.raises(StoreError, match="PostgreSQL"):
        PostgresStore("postgresql://[")
