"""The stores for Redis keep the contract, with a server that is killed, stopped, full, or not there."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
import redis

from sansio_tl_transports.stores import LeaseHeldError, SessionStore, StoredDataError, StoreError, StoreUnavailableError
from sansio_tl_transports.stores.contract import BlockingCalls, StoreContract
from sansio_tl_transports.stores.redis import AsyncRedisStore, RedisStore
from tests.stores.clock_steps import step_forward_takes_the_lease
from tests.stores.servers import ServerProcess, redis_server
from tests.transports.proxies import free_port

pytestmark = pytest.mark.stores


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with redis_server() as server:
        yield server


@pytest.fixture
def url(server: ServerProcess) -> str:
    with redis.Redis.from_url(server.url) as client:
        client.flushall()
    return server.url


class TestRedisStore(StoreContract):
    @pytest.fixture
    def factory(self, url: str) -> Callable[[], SessionStore]:
        return partial(RedisStore.from_url, url)


class TestAsyncRedisStore(StoreContract):
    @pytest.fixture
    def factory(self, url: str) -> Callable[[], SessionStore]:
        return partial(BlockingCalls, partial(AsyncRedisStore.from_url, url))


def test_killed_server_keeps_what_it_has_confirmed() -> None:
    with redis_server() as server:
        store = RedisStore.from_url(server.url, timeout=1.0)
        lease = store.acquire("alice", "me", 600)
        version = store.save(lease, b"one", version=0)
        server.kill()
        with pytest.raises(StoreUnavailableError, match="no answer of Redis at 127.0.0.1"):
            store.load("alice")
        server.start()
        stored = store.load("alice")
        assert stored is not None
        assert (stored.data, stored.version) == (b"one", version)
        store.save(lease, b"two", version=version)
        store.close()


def test_stopped_server_is_reported_in_time() -> None:
    with redis_server() as server:
        store = RedisStore.from_url(server.url, timeout=0.3)
        store.acquire("alice", "me", 600)
        server.signal(signal.SIGSTOP)
        with pytest.raises(StoreUnavailableError, match="Check that it runs and can be reached"):
            store.load("alice")
        server.signal(signal.SIGCONT)
        assert store.load("alice") is None
        store.close()


def test_error_of_a_full_server_names_the_cause() -> None:
    with redis_server("--maxmemory", "1") as server:
        store = RedisStore.from_url(server.url)
        with pytest.raises(StoreUnavailableError, match="is full: give it more memory"):
            store.acquire("alice", "me", 600)
        store.close()


def test_absent_server_says_what_to_do() -> None:
    store = RedisStore.from_url(f"redis://:secret@127.0.0.1:{free_port()}/0")
    with pytest.raises(StoreUnavailableError, match="Check that it runs and can be reached") as caught:
        store.names()
    assert "secret" not in f"{caught.value}{store!r}"
    store.close()


def test_absent_server_of_the_async_store_says_what_to_do() -> None:
    async def main() -> None:
        store = AsyncRedisStore.from_url(f"redis://127.0.0.1:{free_port()}/0")
        with pytest.raises(StoreUnavailableError, match="Check that it runs and can be reached"):
            await store.names()
        await store.close()

    asyncio.run(main())


def test_password_is_asked_for() -> None:
    with redis_server() as server:
        with redis.Redis.from_url(server.url) as client:
            client.config_set("requirepass", "secret")
        store = RedisStore.from_url(server.url.replace("//", "//:wrong@"))
        with pytest.raises(StoreError, match="refuses the user") as caught:
            store.load("alice")
        assert not isinstance(caught.value, StoreUnavailableError)  # trying again does not help
        store.close()


def test_leases_are_counted_by_the_clock_of_the_server(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here it is set forward by an hour: the end of the lease comes an hour earlier."""
    store = RedisStore.from_url(url)
    store.acquire("bob", "first", 60)
    monkeypatch.setattr(time, "time", lambda: 4e9)
    with pytest.raises(LeaseHeldError):
        store.acquire("bob", "second", 60)
    monkeypatch.undo()
    with redis.Redis.from_url(url) as client:
        step_forward_takes_the_lease(store, lambda: client.hincrby("sansio_tl:session:alice", "expires", -3_600_000))
    store.close()


def test_key_that_is_no_session_is_kept(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.set("sansio_tl:session:alice", "mine")
        store = RedisStore.from_url(url)
        with pytest.raises(StoredDataError, match="give the store another prefix"):
            store.acquire("alice", "me", 60)
        assert client.get("sansio_tl:session:alice") == b"mine"
        store.close()


def test_keys_that_are_no_sessions_do_not_hide_the_others(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with redis.Redis.from_url(url) as client:
        store = RedisStore.from_url(url, prefix="names:")
        store.save(store.acquire("alice", "me", 60), b"data", version=0)
        client.set("names:list", "mine")
        client.hset(b"names:\xff", "data", b"")
        client.hset(b"names:two\nlines", "data", b"")
        assert store.names() == ["alice", "list"]
        assert caplog.text.count("an entry that is no session") == 2
        with pytest.raises(StoredDataError, match="give the store another prefix"):
            store.load("list")
        store.close()


class CountingRedis(redis.Redis):
    """A client that counts the commands for whose answer it waits."""

    waits = 0

    def execute_command(self, *args: object, **options: object) -> object:
        self.waits += 1
        return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]


def test_names_wait_once_for_many_sessions(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        for number in range(300):
            client.hset(f"sansio_tl:session:{number}", "data", b"")
    counting = CountingRedis(connection_pool=redis.ConnectionPool.from_url(url))
    store = RedisStore(counting)
    assert len(store.names()) == 300
    assert counting.waits < 10
    store.close()


def test_names_report_an_error_of_one_command(url: str) -> None:
    store = RedisStore.from_url(url)
    store.save(store.acquire("alice", "me", 60), b"data", version=0)
    with redis.Redis.from_url(url) as client:
        client.acl_setuser("default", enabled=True, commands=["-hexists"])
        try:
            with pytest.raises(StoreError, match="Check name, password and permissions"):
                store.names()
        finally:
            client.acl_setuser("default", enabled=True, commands=["+hexists"])
    store.close()


def test_replica_is_refused(url: str) -> None:
    with redis_server() as server, redis.Redis.from_url(server.url) as client:
        client.replicaof("127.0.0.1", url.split(":")[2].split("/", maxsplit=1)[0])
        store = RedisStore.from_url(server.url)
        with pytest.raises(StoreUnavailableError, match="is a replica: use the primary"):
            store.acquire("alice", "me", 60)
        store.close()


def test_client_that_decodes_is_refused() -> None:
    with pytest.raises(StoreError, match="without decode_responses"):
        RedisStore(redis.Redis(decode_responses=True))


def test_prefix_may_have_any_characters(url: str) -> None:
    store, other = RedisStore.from_url(url, prefix="[a]*?\\:"), RedisStore.from_url(url)
    store.save(store.acquire("alice", "me", 60), b"x", version=0)
    assert store.names() == ["alice"]
    assert other.names() == []
    store.close()
    other.close()


@pytest.mark.parametrize("version", ["x", "", "-1", "9" * 5000, None])
def test_version_that_another_program_has_stored_is_refused(url: str, version: str | None) -> None:
    store = RedisStore.from_url(url)
    lease = store.acquire("alice", "me", 60)
    store.save(lease, b"one", version=0)
    with redis.Redis.from_url(url) as client:
        if version is None:
            client.hdel("sansio_tl:session:alice", "version")
        else:
            client.hset("sansio_tl:session:alice", "version", version)
    with pytest.raises(StoreError):
        store.load("alice")
    with pytest.raises(StoreError):
        store.save(lease, b"two", version=1)
    store.close()


@pytest.mark.parametrize("owner", ["me", "other"])
@pytest.mark.parametrize("field", ["token", "expires"])
@pytest.mark.parametrize("value", ["x", "", "-1", "1.5", "nan", "9" * 30])
def test_lease_that_another_program_has_stored_is_refused(url: str, field: str, value: str, owner: str) -> None:
    store = RedisStore.from_url(url)
    store.acquire("alice", "me", 60)
    with redis.Redis.from_url(url) as client:
        client.hset("sansio_tl:session:alice", field, value)
    with pytest.raises(StoredDataError, match="session 'alice' has no valid lease: another program has written it"):
        store.acquire("alice", owner, 60)
    store.close()
