"""Sessions in Redis, for accounts that several computers share. Needs the extra `redis`.

    RedisStore.from_url("redis://localhost:6379/0")
    AsyncRedisStore.from_url(...)                   for asyncio

Each operation is one script, which Redis runs alone; leases expire by the clock of Redis. A session is one hash, so a
cluster works, too. Configure Redis to keep what it has confirmed: ``appendonly yes``, ``appendfsync always`` (or accept
that a crash of the computer loses the last second), ``maxmemory-policy noeviction``. Its replication is asynchronous: a
failover may lose the last saves and leases. A lost save shows as StoreConflictError; a lost lease may let two clients
run. Where that must not be, use PostgreSQL.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeAlias, TypeVar
from urllib.parse import urlsplit

from sansio_tl_transports.stores import _refusals
from sansio_tl_transports.stores._addresses import check_url, invalid_url, shown
from sansio_tl_transports.stores._operations import Operation, run, run_async
from sansio_tl_transports.stores.base import (
    Lease,
    StoredData,
    check_data,
    check_lease,
    check_name,
    check_owner,
    check_seconds,
    check_version,
    listed_names,
)
from sansio_tl_transports.stores.errors import StoredDataError, StoreError, StoreUnavailableError

try:
    import redis
    import redis.asyncio
    import redis.exceptions
except ImportError as error:
    raise ImportError(
        "sansio_tl_transports.stores.redis needs redis. The extra redis brings it: pip install '.[redis]' in a checkout"
    ) from error

PREFIX = "sansio_tl:session:"
TIMEOUT = 5.0
_FORM = "redis://USER:PASSWORD@HOST:PORT/NUMBER, rediss://... or unix:///PATH"

_Client = TypeVar("_Client")
_Command: TypeAlias = tuple[Any, ...] | list[tuple[Any, ...]]
"""A command, or several that are sent at once and have a list of answers, with the error for a key that is not ours."""

# A hash has the fields data (missing: nothing is stored), version, token, owner (missing: the lease is free), expires
# (ms).
_FENCED = """
local owner = redis.call('HGET', KEYS[1], 'owner')
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] or owner ~= ARGV[2] then return {-1, owner or ''} end
"""
_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""
_COMPARED = """
local found = 0
if redis.call('HEXISTS', KEYS[1], 'data') == 1 then
    found = tonumber(redis.call('HGET', KEYS[1], 'version') or '') or -1
end
if found ~= tonumber(ARGV[3]) then return {0, found} end
"""
_ACQUIRE = f"""{_NOW}
for _, field in ipairs({{'token', 'expires'}}) do
    local value = redis.call('HGET', KEYS[1], field)
    if value and (#value > 16 or not string.find(value, '^[0-9]+$')) then return {{-1}} end
end
local owner = redis.call('HGET', KEYS[1], 'owner')
if owner and owner ~= ARGV[1] then
    local rest = tonumber(redis.call('HGET', KEYS[1], 'expires') or 0) - now
    if rest > 0 then return {{0, owner, rest}} end
end
local token = redis.call('HINCRBY', KEYS[1], 'token', 1)
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'expires', string.format('%.0f', now + ARGV[2]))
return {{1, token}}
"""
_RENEW = f"""{_FENCED}{_NOW}
redis.call('HSET', KEYS[1], 'expires', string.format('%.0f', now + ARGV[3]))
return {{1}}
"""
_RELEASE = f"""{_FENCED}
redis.call('HDEL', KEYS[1], 'owner')
return {{1}}
"""
_SAVE = f"""{_FENCED}{_COMPARED}
local version = redis.call('HINCRBY', KEYS[1], 'version', 1)
redis.call('HSET', KEYS[1], 'data', ARGV[4])
return {{1, version}}
"""
_DELETE = f"""{_FENCED}{_COMPARED}
redis.call('HDEL', KEYS[1], 'data')
return {{1}}
"""


class _Operations:
    """The operations, for both kinds of clients."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def _script(self, text: str, name: str, *arguments: object) -> _Command:
        return ("EVAL", text, 1, self.prefix + check_name(name), *arguments)

    def _fenced_script(self, text: str, lease: Lease, *arguments: object) -> _Command:
        check_lease(lease)
        return self._script(text, lease.name, lease.token, lease.owner, *arguments)

    def acquire(self, name: str, owner: str, seconds: float) -> Operation[_Command, Lease]:
        answer = yield self._script(_ACQUIRE, name, check_owner(owner), _milliseconds(seconds))
        if answer[0] < 0:
            raise _invalid(name, "lease")
        if answer[0]:
            return Lease(name, answer[1], owner)
        raise _refusals.held(name, _text(answer[1]), answer[2] / 1000)

    def renew(self, lease: Lease, seconds: float) -> Operation[_Command, None]:
        answer = yield self._fenced_script(_RENEW, lease, _milliseconds(seconds))
        _check(lease, answer)

    def release(self, lease: Lease) -> Operation[_Command, None]:
        yield self._fenced_script(_RELEASE, lease)

    def load(self, name: str) -> Operation[_Command, StoredData | None]:
        data, version = yield ("HMGET", self.prefix + check_name(name), "data", "version")
        if data is None:
            return None
        if not re.fullmatch(b"[1-9][0-9]{0,15}", version or b""):
            raise _invalid(name, "version")
        return StoredData(data, int(version))

    def save(self, lease: Lease, data: bytes, version: int) -> Operation[_Command, int]:
        check_data(check_lease(lease).name, data)
        answer = yield self._fenced_script(_SAVE, lease, check_version(version), data)
        _check(lease, answer, version)
        new: int = answer[1]
        return new

    def delete(self, lease: Lease, version: int) -> Operation[_Command, None]:
        answer = yield self._fenced_script(_DELETE, lease, check_version(version))
        _check(lease, answer, version)

    def names(self) -> Operation[_Command, list[str]]:
        prefix = self.prefix.encode()
        pattern = "".join(f"\\{char}" if char in "\\*?[]^" else char for char in self.prefix) + "*"
        found: set[object] = set()
        cursor: Any = 0
        while True:
            cursor, keys = yield ("SCAN", cursor, "MATCH", pattern, "COUNT", 1000)
            answers = (yield [("HEXISTS", key, "data") for key in keys]) if keys else []
            found.update(
                _name_of(key.removeprefix(prefix))
                for key, answer in zip(keys, answers, strict=True)
                if answer  # also if the key is not a hash: `load` says so
            )
            if not int(cursor):
                return listed_names(self, found)


def _milliseconds(seconds: float) -> int:
    return max(1, round(check_seconds(seconds) * 1000))


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _is_wrong_type(answer: object) -> bool:
    """Whether the key of a command is none of ours."""
    return isinstance(answer, redis.ResponseError) and str(answer).startswith("WRONGTYPE")


def _checked(answers: list[Any]) -> list[Any]:
    """The answers to several commands. Raises an error that is not of one key only."""
    for answer in answers:
        if isinstance(answer, Exception) and not _is_wrong_type(answer):
            raise answer
    return answers


def _name_of(key: bytes) -> object:
    with contextlib.suppress(UnicodeDecodeError):
        return key.decode()
    return key


def _invalid(name: str, what: str) -> StoredDataError:
    return StoredDataError(
        f"session {name!r} has no valid {what}: another program has written it. Restore it from a backup, or use "
        "another name. It is not changed"
    )


def _check(lease: Lease, answer: Any, version: int = 0) -> None:
    """Raise the error that a script has returned."""
    if answer[0] < 0:
        raise _refusals.lost(lease, _text(answer[1]))
    if answer[0] == 0 and answer[1] < 0:
        raise _invalid(lease.name, "version")
    if answer[0] == 0:
        raise _refusals.conflict(lease.name, version, answer[1])


@contextmanager
def _errors(client: Any) -> Iterator[None]:
    """Turn what redis-py raises into errors of stores."""
    try:
        yield
    except (redis.AuthenticationError, redis.exceptions.NoPermissionError) as error:
        raise StoreError(f"Redis refuses the user: {error}. Check name, password and permissions in the URL") from error
    except (redis.ConnectionError, redis.TimeoutError) as error:
        raise StoreUnavailableError(
            f"no answer of Redis at {_address(client)}: {str(error).rstrip('.')}. Check that it runs and can be reached"
        ) from error
    except redis.ResponseError as error:
        text = str(error)
        if _is_wrong_type(error):
            raise StoredDataError("a key of this prefix is not a session: give the store another prefix") from error
        if isinstance(error, redis.exceptions.ReadOnlyError) or "READONLY" in text:
            raise StoreUnavailableError(f"Redis at {_address(client)} is a replica: use the primary") from error
        if "OOM" in text or "maxmemory" in text:
            raise StoreUnavailableError(f"Redis at {_address(client)} is full: give it more memory") from error
        if "MISCONF" in text or "NOREPLICAS" in text:
            raise StoreUnavailableError(f"Redis at {_address(client)} does not write: {text}") from error
        raise StoreError(f"Redis at {_address(client)} reports an error: {text:.200}") from error


def _address(client: Any) -> str:
    """Host and port of a client, without its password."""
    arguments = client.get_connection_kwargs()
    return shown(arguments.get("path") or arguments.get("host", "localhost"), arguments.get("port", 6379))


def _from_url(make: Callable[..., _Client], url: str, timeout: float) -> _Client:
    """A client for a URL. Raises StoreError with nothing of the URL in its text."""
    check_url(url, "Redis", _FORM)
    parts = urlsplit(url)
    is_unix = parts.scheme == "unix"
    ok = parts.scheme in {"redis", "rediss", "unix"} and (is_unix or re.fullmatch("(/[0-9]{0,5})?", parts.path))
    ok = ok and (not is_unix or not parts.netloc.rpartition("@")[2]) and "," not in parts.netloc
    if ok:
        with contextlib.suppress(Exception):  # also for the values of the options, which may be secret
            return make(url, socket_timeout=timeout, socket_connect_timeout=timeout)
    raise invalid_url("Redis", _FORM)


def _check_client(client: Any) -> None:
    if client.get_connection_kwargs().get("decode_responses"):
        raise StoreError("sessions are bytes: make the Redis client without decode_responses")


class RedisStore:
    """Sessions in Redis, with blocking calls. The client is closed with the store."""

    def __init__(self, client: redis.Redis, *, prefix: str = PREFIX) -> None:
        """Give the client a `socket_timeout`: without one, a call blocks for as long as the network does."""
        _check_client(client)
        self._client: Any = client
        self._operations = _Operations(prefix)

    @classmethod
    def from_url(cls, url: str, *, prefix: str = PREFIX, timeout: float = TIMEOUT) -> RedisStore:
        """A store at redis://, rediss:// or unix://. `timeout` is for connecting and for each answer, in seconds."""
        return cls(_from_url(redis.Redis.from_url, url, timeout), prefix=prefix)

    def __repr__(self) -> str:
        return f"RedisStore({_address(self._client)!r})"

    def _execute(self, command: _Command) -> Any:
        with _errors(self._client):
            if isinstance(command, tuple):
                return self._client.execute_command(*command)
            with self._client.pipeline(transaction=False) as pipeline:
                for each in command:
                    pipeline.execute_command(*each)
                return _checked(pipeline.execute(raise_on_error=False))

    def acquire(self, name: str, owner: str, seconds: float) -> Lease:
        """Get the lease of a name."""
        return run(self._operations.acquire(name, owner, seconds), self._execute)

    def renew(self, lease: Lease, seconds: float) -> None:
        """Extend the lease."""
        run(self._operations.renew(lease, seconds), self._execute)

    def release(self, lease: Lease) -> None:
        """Let others acquire it."""
        run(self._operations.release(lease), self._execute)

    def load(self, name: str) -> StoredData | None:
        """What is stored."""
        return run(self._operations.load(name), self._execute)

    def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        """Replace the stored version."""
        return run(self._operations.save(lease, data, version), self._execute)

    def delete(self, lease: Lease, *, version: int) -> None:
        """Delete the stored version."""
        run(self._operations.delete(lease, version), self._execute)

    def names(self) -> list[str]:
        """The names under which something is stored."""
        return run(self._operations.names(), self._execute)

    def close(self) -> None:
        """Close the client."""
        self._client.close()


class AsyncRedisStore:
    """Sessions in Redis, for asyncio. The client is closed with the store."""

    async_library: Final = "asyncio"

    def __init__(self, client: redis.asyncio.Redis, *, prefix: str = PREFIX) -> None:
        """Give the client a `socket_timeout`."""
        _check_client(client)
        self._client: Any = client
        self._operations = _Operations(prefix)

    @classmethod
    def from_url(cls, url: str, *, prefix: str = PREFIX, timeout: float = TIMEOUT) -> AsyncRedisStore:
        """A store at redis://, rediss:// or unix://. `timeout` is for connecting and for each answer, in seconds."""
        return cls(_from_url(redis.asyncio.Redis.from_url, url, timeout), prefix=prefix)

    def __repr__(self) -> str:
        return f"AsyncRedisStore({_address(self._client)!r})"

    async def _execute(self, command: _Command) -> Any:
        with _errors(self._client):
            if isinstance(command, tuple):
                return await self._client.execute_command(*command)
            async with self._client.pipeline(transaction=False) as pipeline:
                for each in command:
                    pipeline.execute_command(*each)
                return _checked(await pipeline.execute(raise_on_error=False))

    async def acquire(self, name: str, owner: str, seconds: float) -> Lease:
        """Get the lease of a name."""
        return await run_async(self._operations.acquire(name, owner, seconds), self._execute)

    async def renew(self, lease: Lease, seconds: float) -> None:
        """Extend the lease."""
        await run_async(self._operations.renew(lease, seconds), self._execute)

    async def release(self, lease: Lease) -> None:
        """Let others acquire it."""
        await run_async(self._operations.release(lease), self._execute)

    async def load(self, name: str) -> StoredData | None:
        """What is stored."""
        return await run_async(self._operations.load(name), self._execute)

    async def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        """Replace the stored version."""
        return await run_async(self._operations.save(lease, data, version), self._execute)

    async def delete(self, lease: Lease, *, version: int) -> None:
        """Delete the stored version."""
        await run_async(self._operations.delete(lease, version), self._execute)

    async def names(self) -> list[str]:
        """The names under which something is stored."""
        return await run_async(self._operations.names(), self._execute)

    async def close(self) -> None:
        """Close the client."""
        await self._client.aclose()


__all__ = ["PREFIX", "AsyncRedisStore", "RedisStore"]
