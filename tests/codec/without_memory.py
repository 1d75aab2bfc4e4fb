"""Lets each allocation of the compiled codec fail in turn: see test_compiled. Prints how many failed."""

from __future__ import annotations

import _testcapi  # type: ignore[import-not-found]
import gzip
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sansio_tl import codec, functions, types
from sansio_tl.tl.compiled_codec import TableBuilder
from sansio_tl.tl.pure_codec import DEFAULT_LIMITS, unpack
from tests.codec.samples import history, send_code
from tests.helpers.codecs import NO_CODEC, Declined, load

WALKER = load(Path(sys.argv[1])).Walker


PART = functions.upload.SaveFilePart(1, 2, bytes(200_000))
CONTACTS = functions.contacts.GetContactIDs


def main() -> None:
    """Prints how many allocations failed."""
    small, large = send_code(), history(30)
    small_data, large_data = codec.encode(small), codec.encode(large)
    numbers = codec.encode_result(CONTACTS, [1 << 30] * 100)
    packed = codec.encode(types.mtproto.GzipPacked(gzip.compress(small_data)))

    tables = TableBuilder(codec.coder.pure)
    warm: Any = WALKER(NO_CODEC, tables, unpack, DEFAULT_LIMITS)
    recorder = Recorder(warm)
    tables.walker = recorder  # type: ignore[assignment]

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
    # The same with the building of the tables.
    for attempt in (
        lambda: Described(recorder).made.encode(small),
        lambda: Described(recorder).made.decode(large_data),
        lambda: Described(recorder).made.decode_result(CONTACTS, numbers),
    ):
        failed += fail_each(attempt, Declined, MemoryError)
    use(warm)
    use(Described(recorder).made)
    print(failed)


class Recorder:
    """In place of an extension: keeps what it receives from the builder of its tables."""

    def __init__(self, made: Any) -> None:
        self.made = made
        self.constructors: dict[object, tuple[Any, ...]] = {}
        self.types: list[object] = []

    def add_constructor(self, *described: Any) -> Any:
        cls, number = described[:2]
        self.constructors |= {cls: described, number: described, cls.NAME: described}
        return self.made.add_constructor(*described)

    def add_type(self, spec: object) -> Any:
        self.types.append(spec)
        return self.made.add_type(spec)

    def set_result(self, cls: type, index: int) -> None:
        self.made.set_result(cls, index)


class Described:
    """In place of the builder of tables: it has every description ready.

    Python itself does not survive every failure of an allocation, and here next to nothing of it is run.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.indexes: dict[object, int] = {}
        self.made: Any = WALKER(NO_CODEC, self, unpack, DEFAULT_LIMITS)

    def constructor_of(self, key: object) -> int:
        described = self.recorder.constructors.get(key)
        if described is None:
            return -1
        cls = described[0]
        if cls not in self.indexes:
            self.indexes[cls] = self.made.add_constructor(*described)
        return self.indexes[cls]

    def result_of(self, function: Any) -> int:
        index: int = self.made.add_type(self.recorder.types[0])
        self.made.set_result(function, index)
        return index


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
