"""What the errors of a Redis server become; the server is a stand-in that answers with them."""

from __future__ import annotations

import pytest
import redis

from sansio_tl_transports.stores import StoredDataError, StoreError, StoreUnavailableError
from sansio_tl_transports.stores.redis import RedisStore

REFUSED = "MISCONF Redis is configured to save RDB snapshots, but it is currently not able to persist on disk"


class FailingRedis(redis.Redis):
    """A client whose server answers to every command with one error."""

    def __init__(self, error: Exception) -> None:
        super().__init__(host="redis.example")
        self.error = error

    def execute_command(self, *args: object, **options: object) -> object:
        del args, options
        raise self.error


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (redis.AuthenticationError("WRONGPASS"), StoreError, "Redis refuses the user: WRONGPASS. Check name"),
        (redis.ConnectionError("refused"), StoreUnavailableError, "no answer of Redis at redis.example:6379: refused"),
        (redis.ResponseError("WRONGTYPE Operation"), StoredDataError, "give the store another prefix"),
        (redis.exceptions.ReadOnlyError("You can't"), StoreUnavailableError, "is a replica: use the primary"),
        (redis.ResponseError("READONLY You can't"), StoreUnavailableError, "is a replica: use the primary"),
        (redis.ResponseError("OOM command"), StoreUnavailableError, "is full: give it more memory"),
        (redis.ResponseError("over maxmemory"), StoreUnavailableError, "is full: give it more memory"),
        (redis.ResponseError(REFUSED), StoreUnavailableError, "at redis.example:6379 does not write: MISCONF"),
        (redis.ResponseError("NOREPLICAS Not enough"), StoreUnavailableError, "does not write: NOREPLICAS Not enough"),
        (redis.ResponseError("unknown command"), StoreError, "at redis.example:6379 reports an error: unknown command"),
        (redis.ResponseError("x" * 201), StoreError, f"reports an error: {'x' * 200}"),
    ],
)
def test_error_of_the_server_says_what_to_do(error: Exception, kind: type[StoreError], text: str) -> None:
    store = RedisStore(FailingRedis(error))
    with pytest.raises(StoreError) as raised:
        store.load("alice")
    assert type(raised.value) is kind
    assert text in str(raised.value)
    assert "x" * 201 not in str(raised.value)
    store.close()
