"""The measuring end of a peer's process: orders come as lines of JSON on stdin, replies go out the same way.

Runs inside the peer's own environment, so it needs nothing but the standard library. `serve` is given two functions:
`decode(data)` gives the peer's object, `encode(object)` its bytes.
"""

from __future__ import annotations

import base64
import gc
import json
import os
import platform
import sys
import tracemalloc
from collections.abc import Callable, Mapping
from itertools import repeat
from operator import itemgetter
from time import process_time
from typing import Any

Decode = Callable[[bytes], Any]
Encode = Callable[[Any], bytes]


def serve(
    about: dict[str, Any], decode: Decode, encode: Encode, *, to_native: Callable[[bytes], bytes] | None = None
) -> None:
    """Answer orders until stdin ends. `to_native` converts our bytes to the peer's own format."""
    loaded: dict[str, tuple[bytes, Any]] = {}
    distinct: dict[str, list[bytes]] = {}

    def load(order: dict[str, Any]) -> dict[str, Any]:
        if "many" in order:
            parts = [base64.b64decode(data) for data in order["many"]]
            distinct[order["name"]] = parts if to_native is None else [to_native(data) for data in parts]
            return {"remark": None}
        data = base64.b64decode(order["data"])
        if to_native is not None:
            data = to_native(data)
        value = decode(data)
        written = encode(value)
        loaded[order["name"]] = data, value
        return {"remark": None if written == data else f"reads {len(data):,} bytes, but writes other {len(written):,}"}

    def time(order: dict[str, Any]) -> dict[str, Any]:
        if order["name"] in distinct:
            writes = encode if order["op"] == "encode" else None
            parts, loops = distinct[order["name"]], order["loops"]
            return {"seconds": timed_once(decode, writes, parts, loops, collector=order["gc"])}
        data, value = loaded[order["name"]]
        calls: dict[str, tuple[Callable[[Any], Any], Any]] = {
            "decode": (decode, data),
            "encode": (encode, value),
            "copy": (itemgetter(slice(16, None)), data),
        }
        call, argument = calls[order["op"]]
        return {"seconds": timed(call, argument, order["loops"], collector=order["gc"])}

    def hold(order: dict[str, Any]) -> dict[str, Any]:
        data, _ = loaded[order["name"]]
        return {"bytes": held(decode, data, order["copies"])}

    def drop(order: dict[str, Any]) -> dict[str, Any]:
        return {"dropped": loaded.pop(order["name"], None) is not None}

    Orders(about).run({"load": load, "time": time, "hold": hold, "drop": drop})


class Orders:
    """Receives orders and sends replies."""

    def __init__(self, about: dict[str, Any]) -> None:
        """`about` introduces the peer."""
        self._replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
        sys.stdout = sys.stderr  # a library that prints must not end up among the replies
        self.reply({"runtime": f"{platform.python_implementation()} {platform.python_version()}", **about})

    def reply(self, message: dict[str, Any]) -> None:
        print(json.dumps(message), file=self._replies, flush=True)

    def fail(self, error: Exception) -> None:
        """Reply with an exception."""
        self.reply({"error": f"{type(error).__name__}: {error}"[:300]})

    def next(self) -> dict[str, Any] | None:
        """The next order; None at the end of the input."""
        line = sys.stdin.readline()
        order: dict[str, Any] | None = json.loads(line) if line else None
        return order

    def run(self, actions: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]]) -> None:
        """Carry out orders until the end of the input."""
        while (order := self.next()) is not None:
            try:
                self.reply(actions[order["do"]](order))
            except Exception as error:  # noqa: BLE001
                self.fail(error)


def timed(call: Callable[[Any], Any], argument: object, loops: int, *, collector: bool) -> float:
    """CPU seconds for `loops` calls, with the garbage collector if `collector`; existing objects are frozen."""
    gc.collect()
    gc.freeze()
    if not collector:
        gc.disable()
    try:
        rounds = repeat(None, loops)
        began = process_time()
        for _ in rounds:
            call(argument)
        return process_time() - began
    finally:
        gc.enable()
        gc.unfreeze()


def timed_once(decode: Decode, encode: Encode | None, parts: list[bytes], loops: int, *, collector: bool) -> float:
    """CPU seconds for decoding, or for encoding, `loops` values, each a new one; they are kept until all are done."""
    spent, batches = 0.0, -(-loops // len(parts))
    for _ in range(batches):
        kept: list[Any] = []
        seconds = timed(kept.extend, map(decode, parts), 1, collector=collector)
        if encode is not None:
            written: list[bytes] = []
            seconds = timed(written.extend, map(encode, kept), 1, collector=collector)
        spent += seconds
    return spent * loops / (batches * len(parts))


def held(decode: Decode, data: bytes, copies: int) -> float:
    """Bytes that one decoded value keeps."""
    decode(data)
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        kept = [decode(data) for _ in range(copies)]
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (after - before) / len(kept)
