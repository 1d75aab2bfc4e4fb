"""The calls of the stores for Redis, with a client that answers as the test says: no server is needed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Self

import pytest

redis = pytest.importorskip("redis")

from sansio_tl_transports.stores import (  # noqa: E402
    Lease,
    LeaseHeldError,
    LeaseLostError,
    StoreConflictError,
    StoredData,
    StoredDataError,
    StoreError,
)
from sansio_tl_transports.stores.redis import AsyncRedisStore, RedisStore  # noqa: E402

LEASE = Lease("alice", 5, "me")


class Client:
    """Answers each command with the next answer."""

    def __init__(self, **settings: Any) -> None:
        self.settings = {"host": "redis.example", **settings}
        self.answers: list[Any] = []
        self.commands: list[tuple[Any, ...]] = []
        self.pending: list[Any] = []
        self.closed = 0

    def get_connection_kwargs(self) -> dict[str, Any]:
        return self.settings

    def execute_command(self, *command: Any) -> Any:
        self.commands.append(command)
        return self.answers.pop(0)

    def pipeline(self, *, transaction: bool) -> Pipeline:
        assert not transaction
        return Pipeline(self)

    def close(self) -> None:
        self.closed += 1


class Pipeline:
    """Collects commands."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.answers: list[Any] = []

    def execute_command(self, *command: Any) -> None:
        self.answers.append(self.client.execute_command(*command))

    def execute(self, *, raise_on_error: bool) -> Any:
        assert not raise_on_error
        return self.answers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left."""


class AsyncClient(Client):
    """The same, awaitable."""

    async def execute_command(self, *command: Any) -> Any:
        await asyncio.sleep(0)
        return super().execute_command(*command)

    def pipeline(self, *, transaction: bool) -> Any:
        assert not transaction
        return AsyncPipeline(self)

    async def aclose(self) -> None:
        self.closed += 1


class AsyncPipeline(Pipeline):
    """Collects commands."""

    def execute_command(self, *command: Any) -> None:
        self.answers.append(Client.execute_command(self.client, *command))

    async def execute(self, *, raise_on_error: bool) -> Any:
        return super().execute(raise_on_error=raise_on_error)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is left."""


class Awaited:
    """An `AsyncRedisStore` whose calls block."""

    def __init__(self, runner: asyncio.Runner, client: Any, **options: Any) -> None:
        self._runner = runner
        self._store = AsyncRedisStore(client, **options)

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            return self._runner.run(getattr(self._store, name)(*arguments, **options))

        return call


Made = tuple[Any, Client]


@pytest.fixture(params=["blocking", "asyncio"])
def make(request: pytest.FixtureRequest) -> Iterator[Callable[..., Made]]:
    def made(kind: Callable[..., Any], client: Client, **options: Any) -> Made:
        return kind(client, **options), client

    if request.param == "blocking":
        yield lambda **options: made(RedisStore, Client(), **options)
        return
    with asyncio.Runner() as runner:
        yield lambda **options: made(partial(Awaited, runner), AsyncClient(), **options)


def test_names_of_all_pages_are_listed(make: Callable[..., Made], caplog: pytest.LogCaptureFixture) -> None:
    store, client = make(prefix="a*b:")
    client.answers = [
        (b"7", [b"a*b:one", b"a*b:two", b"a*b:\xff"]),
        1,
        0,
        1,
        (b"9", []),
        (b"0", [b"a*b:three", b"a*b:four"]),
        redis.ResponseError("WRONGTYPE Operation"),
        1,
    ]
    assert store.names() == ["four", "one", "three"]
    [record] = caplog.records
    assert record.message.endswith("has an entry that is no session, which is left out: b'\\xff'")
    scans = [command for command in client.commands if command[0] == "SCAN"]
    assert scans == [("SCAN", cursor, "MATCH", "a\\*b:*", "COUNT", 1000) for cursor in (0, b"7", b"9")]
    assert [command for command in client.commands if command[0] == "HEXISTS"] == [
        ("HEXISTS", key, "data") for key in (b"a*b:one", b"a*b:two", b"a*b:\xff", b"a*b:three", b"a*b:four")
    ]


def test_error_among_the_answers_to_several_commands_is_raised(make: Callable[..., Made]) -> None:
    store, client = make()
    client.answers = [(b"0", [b"x"]), redis.ResponseError("LOADING")]
    with pytest.raises(StoreError, match="reports an error: LOADING"):
        store.names()


def test_lease_is_acquired_or_held_by_another(make: Callable[..., Made]) -> None:
    store, client = make(prefix="p:")
    client.answers = [[1, 8], [0, b"another", 2500], [-1]]
    assert store.acquire("alice", "me", 1.5) == Lease("alice", 8, "me")
    with pytest.raises(LeaseHeldError) as held:
        store.acquire("alice", "me", 0.0001)
    assert (held.value.name, held.value.owner, held.value.expires_in) == ("alice", "another", 2.5)
    assert [command[2:] for command in client.commands] == [(1, "p:alice", "me", 1500), (1, "p:alice", "me", 1)]
    with pytest.raises(StoredDataError, match="session 'alice' has no valid lease: another program has written it"):
        store.acquire("alice", "me", 1)


def test_calls_with_a_lease_pass_it_on(make: Callable[..., Made]) -> None:
    store, client = make(prefix="p:")
    client.answers = [[1], [1], [1, 9], [1]]
    store.renew(LEASE, 60)
    store.release(LEASE)
    assert store.save(LEASE, b"data", version=8) == 9
    store.delete(LEASE, version=9)
    assert [command[3:] for command in client.commands] == [
        ("p:alice", 5, "me", 60_000),
        ("p:alice", 5, "me"),
        ("p:alice", 5, "me", 8, b"data"),
        ("p:alice", 5, "me", 9),
    ]
    client.answers = [[-1, b"other"]]
    store.release(LEASE)


INVALID_LEASE = Lease("alice", -1, "me")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda store: store.acquire("", "me", 60), "invalid name"),
        (lambda store: store.acquire("alice", "", 60), "invalid owner"),
        (lambda store: store.acquire("alice", "me", 0), "invalid time"),
        (lambda store: store.renew(INVALID_LEASE, 60), "invalid lease"),
        (lambda store: store.release(INVALID_LEASE), "invalid lease"),
        (lambda store: store.load(""), "invalid name"),
        (lambda store: store.save(INVALID_LEASE, b"", version=0), "invalid lease"),
        (lambda store: store.save(LEASE, "text", version=0), "expected bytes"),
        (lambda store: store.save(LEASE, b"", version=-1), "invalid version"),
        (lambda store: store.delete(INVALID_LEASE, version=1), "invalid lease"),
        (lambda store: store.delete(LEASE, version=-1), "invalid version"),
    ],
)
def test_invalid_values_are_refused_before_anything_is_sent(
    make: Callable[..., Made], call: Callable[[Any], object], text: str
) -> None:
    store, client = make()
    with pytest.raises(StoreError, match=text):
        call(store)
    assert client.commands == []


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.renew(LEASE, 60),
        lambda store: store.save(LEASE, b"data", version=4),
        lambda store: store.delete(LEASE, version=4),
    ],
)
def test_refusal_of_a_script_is_an_error(make: Callable[..., Made], call: Callable[[Any], object]) -> None:
    store, client = make()
    client.answers = [[-1, b"another"], [-1, b""], [0, -1], [0, 7], [0, 0]]
    with pytest.raises(LeaseLostError, match="another has it"):
        call(store)
    with pytest.raises(LeaseLostError, match="it was released"):
        call(store)
    with pytest.raises(StoredDataError, match="session 'alice' has no valid version"):
        call(store)
    with pytest.raises(StoreConflictError, match="cannot replace version [04] .*: version 7 is stored"):
        call(store)
    with pytest.raises(StoreConflictError, match="nothing is stored"):
        call(store)


def test_stored_data_has_a_version(make: Callable[..., Made]) -> None:
    store, client = make(prefix="p:")
    client.answers = [[None, b"3"], [b"data", b"3"], *([b"data", version] for version in (None, b"0", b"x", b"1" * 17))]
    assert store.load("alice") is None
    assert store.load("alice") == StoredData(b"data", 3)
    for _ in range(4):
        with pytest.raises(StoredDataError, match="no valid version: another program has written it"):
            store.load("alice")
    assert client.commands[0] == ("HMGET", "p:alice", "data", "version")


def test_client_is_closed_with_the_store(make: Callable[..., Made]) -> None:
    store, client = make()
    store.close()
    assert client.closed == 1


def test_client_that_decodes_is_refused() -> None:
    for kind in (RedisStore, AsyncRedisStore):
        with pytest.raises(StoreError, match="without decode_responses"):
            kind(Client(decode_responses=True))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "shown"),
    [({}, "redis.example:6379"), ({"port": 7}, "redis.example:7"), ({"path": "/run/redis", "port": 7}, "/run/redis")],
)
def test_repr_is_the_address(settings: dict[str, Any], shown: str) -> None:
    assert repr(RedisStore(Client(**settings))) == f"RedisStore('{shown}')"  # type: ignore[arg-type]
    assert repr(AsyncRedisStore(Client(**settings))) == f"AsyncRedisStore('{shown}')"  # type: ignore[arg-type]
