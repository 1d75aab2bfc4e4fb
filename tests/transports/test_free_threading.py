"""Threads that share what may be shared, as docs/versions promises, on any interpreter; most of it shows without a GIL.

an engine object     one thread at a time; different objects in different threads need no lock
codec and schemas    any number of threads at once, from the first use on
blocking adapter     a connection, client or server belongs to any number of threads
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

import sansio_tl
from sansio_tl import Schema, auth, decode, encode, functions, types
from tests.helpers.direct_client import DirectClient, send_code
from tests.helpers.scripted_data_center import ANSWERED, NEAREST
from tests.transports.sync_connections import connected, in_threads

THREADS = 8
TEXT = """
a x:int = A;
b y:string z:Vector<A> = B;
c b:B = C;
---functions---
f c:C = B;
"""


def together(job: Callable[[int], object]) -> None:
    """Begin this in each thread at the same moment."""
    barrier = threading.Barrier(THREADS)

    def run(number: int) -> None:
        barrier.wait(30)
        job(number)

    in_threads([lambda number=number: run(number) for number in range(THREADS)])  # type: ignore[misc]


def test_interpreter_without_a_gil_keeps_it_off() -> None:
    """No extension module that the engine imports turns it on again."""
    is_enabled = getattr(sys, "_is_gil_enabled", None)
    if is_enabled is None or "free-threading" not in sys.version:
        pytest.skip("this interpreter has a GIL")
    assert not is_enabled()


def test_codec_is_first_used_by_many_threads_at_once() -> None:
    """Namespaces and the functions of constructors are loaded on first use."""
    kept = dict(sys.modules)
    for name in [name for name in sys.modules if name.startswith(("sansio_tl.functions.", "sansio_tl.types."))]:
        assert name in kept
    values = [
        functions.auth.SendCode(f"+{number}", 1, "hash", types.CodeSettings(current_number=True))
        for number in range(50)
    ]

    def work(_: int) -> None:
        for value in values:
            assert decode(encode(value)) == value

    together(work)


@pytest.mark.parametrize("attempt", range(5))
def test_schema_is_first_used_by_many_threads_at_once(attempt: int) -> None:
    schema = Schema.parse(TEXT)
    kinds: Any = schema.types
    results: list[bytes] = []

    def work(_: int) -> None:
        value = schema.functions.F(c=kinds.C(b=kinds.B(y="y", z=[kinds.A(x=attempt)])))
        data = schema.encode(value)
        assert schema.decode(data) == value
        results.append(data)

    together(work)
    assert len(set(results)) == 1
    assert len(results) == THREADS


def test_engine_objects_of_different_threads_are_independent() -> None:
    def work(number: int) -> None:
        for turn in range(5):
            client = DirectClient()
            phone = f"1202555{number}{turn:03}"
            sent = client.call(send_code(phone, types.CodeSettings()))
            assert isinstance(sent, types.auth.SentCode)
            flow = auth.QrLogin(api_id=1, api_hash="hash", except_ids=[number])
            assert auth.restore(flow.snapshot()).snapshot() == flow.snapshot()

    together(work)


def test_connection_of_the_blocking_adapter_is_shared_by_threads() -> None:
    with connected() as connection:

        def work(_: int) -> None:
            for _ in range(20):
                assert connection.invoke(ANSWERED) == NEAREST

        together(work)


def test_modules_are_imported_by_many_threads_at_once() -> None:
    names = [name for name in sansio_tl.__all__ if name != "__version__"]
    together(lambda number: [getattr(sansio_tl, name) for name in names[number:] + names[:number]])
