"""URLs of Redis and PostgreSQL: errors and reprs show nothing of them but a valid host and port."""

from __future__ import annotations

import traceback

import pytest

from sansio_tl_transports.stores import StoreError, open_store
from sansio_tl_transports.stores._addresses import is_host
from sansio_tl_transports.stores.postgres import AsyncPostgresStore, PostgresStore
from sansio_tl_transports.stores.redis import AsyncRedisStore, RedisStore
from tests.transports.proxies import free_port

OPENERS = (open_store, RedisStore.from_url, AsyncRedisStore.from_url, PostgresStore, AsyncPostgresStore)
TAILS = ("/x", "#x", "?x", "%x", "@x", "[x", "]x", " x", "%zz", "%00", "\u2100", "\n")
REDIS = tuple(f"redis://{user}:SECRET{tail}@127.0.0.1:1/0" for user in ("", "u") for tail in TAILS)
POSTGRES = tuple(f"postgresql://u:SECRET{tail}@127.0.0.1:1/db" for tail in TAILS)
OTHERS = (
    "redis://h:SECRET",
    "redis://h/SECRET",
    "redis://h/0?health_check_interval=SECRET",
    "redis://u:SECRET@h:0/0",
    "redis://u:SECRET@h:65536/0",
    "redis://u:SECRET@h:99999/0",
    "redis://u:SECRET@[bad/0",
    "unix://u:SECRET/x@h/path",
    "unix://SECRET/path",
    "postgresql://h:SECRET/db",
    "postgresql://u:SECRET@[bad/db",
    "postgresql://h/db?password=SECRET@x",
    "postgresql://h/db?SECRET",
    "postgresql://h,-SECRET-:1/db?user=x",
    "postgresql://u@h?host=SECRET@h",
    "password=SECRET x host=h",
    "host=h password='SECRET",
    "host='x@SECRET'",
    "host=h port=SECRET",
    "host=h pass\0word=SECRET",
)


@pytest.mark.parametrize("url", [*REDIS, *POSTGRES, *OTHERS])
def test_error_of_an_invalid_url_hides_it(url: str) -> None:
    refused = 0
    for opener in OPENERS:
        if "redis" in opener.__qualname__.lower() and not url.startswith(("redis:", "unix:")):
            continue
        if "Postgres" in opener.__qualname__ and url.startswith(("redis:", "unix:")):
            continue
        with pytest.raises(StoreError, match=r"Percent-encode|unknown kind") as caught:
            opener(url)
        error: BaseException | None = caught.value
        while error is not None:
            assert "SECRET" not in f"{error}{error!r}"
            error = error.__cause__ or error.__context__
        lines = "".join(traceback.format_exception_only(caught.value))
        assert "SECRET" not in lines
        refused += 1
    assert refused == 3


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("redis://u:SE%40CR%2FET@h:6380/3", "RedisStore('h:6380')"),
        ("redis://:SE:CRET@127.0.0.1", "RedisStore('127.0.0.1:6379')"),
        ("rediss://u:SECRET@[::1]:6380", "RedisStore('[::1]:6380')"),
        ("unix://:SECRET@/run/redis.sock?db=1", "RedisStore('/run/redis.sock')"),
        ("postgresql://u:SE%40CRET@db.example:6000/SECRET", "PostgresStore('db.example:6000')"),
        ("postgresql://u:SECRET@a,b:6000/db", "PostgresStore('a:5432,b:6000')"),
        ("postgresql://u:SECRET@[::1]/db?sslmode=require", "PostgresStore('[::1]:5432')"),
        ("postgresql://%2Frun%2Fpostgres/db?password=SECRET", "PostgresStore('/run/postgres')"),
        ("postgresql:///db", "PostgresStore('localhost:5432')"),
    ],
)
def test_repr_is_the_host_and_the_port(url: str, text: str) -> None:
    store = open_store(url)
    assert repr(store) == text
    store.close()


def test_connection_string_of_libpq_is_accepted() -> None:
    assert repr(PostgresStore("host=h user=u password='SE @CRET'")) == "PostgresStore('h:5432')"
    assert repr(PostgresStore("host=a,b port=65535 user=u")) == "PostgresStore('a:65535,b:65535')"
    assert repr(PostgresStore("host=a,b port=1,2 user=u")) == "PostgresStore('a:1,b:2')"


@pytest.mark.parametrize("scheme", ["redis", "postgresql"])
def test_error_of_a_server_that_is_absent_hides_the_password(scheme: str) -> None:
    store = open_store(f"{scheme}://u:SECRET@127.0.0.1:{free_port()}/0")
    with pytest.raises(StoreError, match=r"127\.0\.0\.1") as caught:
        store.load("alice")
    assert "SECRET" not in "".join(traceback.format_exception(caught.value)).replace(__file__, "")
    store.close()


def test_setting_that_libpq_refuses_is_not_shown() -> None:
    store = PostgresStore(f"postgresql://u@127.0.0.1:{free_port()}/db?sslmode=SECRET")
    with pytest.raises(StoreError) as caught:
        store.load("alice")
    assert "SECRET" not in f"{caught.value}"


@pytest.mark.parametrize("value", [None, 1, b"h", ["h"]])
def test_only_a_text_is_a_host(value: object) -> None:
    assert is_host(value) is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("h", True),
        ("a.example.", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("/run/server", True),
        ("-h", False),
        ("a b", False),
        ("a..b", False),
        (".".join(["x" * 63] * 3 + ["y" * 61]), True),
        (".".join(["x" * 63] * 3 + ["y" * 62]), False),
    ],
)
def test_hosts_that_can_be_shown(text: str, expected: bool) -> None:
    assert bool(is_host(text)) is expected
