"""Lets each allocation of the compiled codec fail in turn: see test_compiled. Prints how many failed."""

from __future__ import annotations

import _testcapi  # type: ignore[import-not-found]
import gzip
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sansio_tl import codec, functions, types
from tests.codec.samples import history, send_code
from tests.helpers.codecs import Declined, load, no_codec_behind

WALKER = load(Path(sys.argv[1])).Walker


PART = functions.upload.SaveFilePart(1, 2, bytes(200_000))
CONTACTS = functions.contacts.GetContactIDs


def main() -> None:
    """Prints how many allocations failed."""
    small, large = send_code(), history(30)
    small_data, large_data = codec.encode(small), codec.encode(large)
    numbers = codec.encode_result(CONTACTS, [1 << 30] * 100)
    packed = codec.encode(types.mtproto.GzipPacked(gzip.compress(small_data)))

    warm = new()

    def use(calls: Any) -> None:
        if calls.encode(small) != small_data or calls.encode(large) != large_data or not calls.encode(PART):
            raise AssertionError
        if calls.decode(large_data) != large or calls.decode(packed) != calls.decode(bytearray(small_data)):
            raise AssertionError
        if calls.encode_result(CONTACTS, calls.decode_result(CONTACTS, numbers)) != numbers:
            raise AssertionError

    use(warm)
    known: tuple[Callable[[], object], ...] = (
        lambda: warm.decode(small_data),
        lambda: warm.decode(bytearray(small_data)),
        lambda: warm.decode(large_data),
        lambda: warm.decode_result(CONTACTS, numbers),
        lambda: warm.encode(small),
        lambda: warm.encode(large),
        lambda: warm.encode(PART),
    )
    failed = sum(fail_each(attempt, Declined, MemoryError) for attempt in known)
    # Tables and all: much of it is Python, which fails as it likes.
    for attempt in (lambda: new().encode(small), lambda: new().decode(large_data), lambda: use(new())):
        failed += fail_each(attempt, Exception)
    use(warm)
    use(new())
    print(failed)


def new() -> Any:
    return no_codec_behind(WALKER)


def fail_each(attempt: Callable[[], object], *expected: type[Exception]) -> int:
    """Let the first allocation fail, then the second ... until a hundred in a row are not reached. How many failed."""
    failed = number = spared = 0
    while spared < 100:
        _testcapi.set_nomemory(number, number + 1)
        try:
            attempt()
            spared += 1
        except expected:
            failed, spared = failed + 1, 0
        finally:
            _testcapi.remove_mem_hooks()
        number += 1
    return failed


if __name__ == "__main__":
    main()
