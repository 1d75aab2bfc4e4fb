"""Traces the modules that data passes through in a running connection, and draws them in order.

A client and a server connection are joined in memory, with fixed entropy and times. Once they are encrypted, one
request is made and answered while a profile function records every call. The first call into each module, in order, is
drawn.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from in_memory_login import connected_pair
from sansio_tl import functions
from svg import Drawing, width_of
from test_in_memory import NOW

_ROW = 32.0
_INDENT = 14.0
_PAD = 8.0


@contextmanager
def traced(calls: list[tuple[str, str]]) -> Iterator[None]:
    """Collects (module, function) of every call into the engine, except comprehensions and code that runs at import."""

    def profile(frame: FrameType, event: str, _argument: object) -> None:
        module = str(frame.f_globals.get("__name__", ""))
        name = frame.f_code.co_qualname.replace(".<locals>", "").removeprefix("__create_fn__.")
        if event == "call" and module.startswith("sansio_tl.") and "<" not in name:
            calls.append((module.removeprefix("sansio_tl."), name))

    previous = sys.getprofile()
    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(previous)


def first_call_of_each_module(calls: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The first call into each module, in order."""
    found: dict[str, str] = {}
    for module, name in calls:
        found.setdefault(module, name)
    return list(found.items())


def outgoing_request() -> list[tuple[str, str]]:
    """The modules from `invoke` to bytes."""
    client, _ = connected_pair()
    calls: list[tuple[str, str]] = []
    with traced(calls):
        client.invoke(functions.help.GetNearestDc(), now=NOW)
        client.data_to_send(now=NOW)
    return first_call_of_each_module(calls)


def incoming_answer() -> list[tuple[str, str]]:
    """The modules from received bytes to the event."""
    client, server = connected_pair()
    client.invoke(functions.help.GetNearestDc(), now=NOW)
    server.receive_data(client.data_to_send(now=NOW), now=NOW)
    data = server.data_to_send(now=NOW)
    calls: list[tuple[str, str]] = []
    with traced(calls):
        client.receive_data(data, now=NOW)
        event = client.next_event()
    calls.append(("events", type(event).__name__))  # made in C, which no profile function sees
    return first_call_of_each_module(calls)


PATHS: dict[str, Callable[[], list[tuple[str, str]]]] = {"in": incoming_answer, "out": outgoing_request}


def draw(direction: str) -> str:
    """SVG of the path `in`, from the socket at the bottom to the event at the top, or `out`, the other way round."""
    path = PATHS[direction]()
    drawing = Drawing({"in": "The path of incoming data", "out": "The path of outgoing data"}[direction])
    for number, (module, name) in enumerate(path):
        x, y = number * _INDENT, number * _ROW
        if direction == "in":
            y = (len(path) - 1 - number) * _ROW
        width = width_of(module) + 2 * _PAD
        drawing.box(x, y, width, _ROW - 10)
        drawing.text(x + _PAD, y + 16, module)
        drawing.text(x + width + _PAD, y + 16, f"{name}()", style="small")
        if number + 1 < len(path):
            start, end = (y, y - 10) if direction == "in" else (y + _ROW - 10, y + _ROW)
            drawing.line([(x + _INDENT + 10, start), (x + _INDENT + 10, end)], arrow=True)
    return drawing.svg()
