"""Traces the way of a byte through a running connection, and draws it as stairs.

A client and a server connection are joined in memory, with fixed entropy and times. Once they are encrypted, one
request is made and answered while the interpreter reports every call; the first call into each room, in order, is the
way.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from rehearsal import acquainted
from sansio_tl import functions
from svg import Drawing, width_of
from test_in_memory import NOW

_STEP = 34.0
_TREAD = 26.0
_PAD = 8.0


@contextmanager
def traced(calls: list[tuple[str, str]]) -> Iterator[None]:
    """Collects (module, function) of every call into the engine, except comprehensions and what runs at import."""

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


def first_of_each_room(calls: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The first call into each module, in order; generated modules count as one room."""
    way: dict[str, str] = {}
    for module, name in calls:
        way.setdefault(module, name)
    return list(way.items())


def request_leaves() -> list[tuple[str, str]]:
    """The way of a request from `invoke` to bytes."""
    client, _ = acquainted()
    calls: list[tuple[str, str]] = []
    with traced(calls):
        client.invoke(functions.help.GetNearestDc(), now=NOW)
        client.data_to_send(now=NOW)
    return first_of_each_room(calls)


def answer_arrives() -> list[tuple[str, str]]:
    """The way of an answer from bytes to its event."""
    client, server = acquainted()
    client.invoke(functions.help.GetNearestDc(), now=NOW)
    server.receive_data(client.data_to_send(now=NOW), now=NOW)
    data = server.data_to_send(now=NOW)
    calls: list[tuple[str, str]] = []
    with traced(calls):
        client.receive_data(data, now=NOW)
        event = client.next_event()
    calls.append(("events", type(event).__name__))  # made in C, which no profile shows
    return first_of_each_room(calls)


WAYS: dict[str, Callable[[], list[tuple[str, str]]]] = {"in": answer_arrives, "out": request_leaves}


def draw(direction: str) -> str:
    """SVG of the way `in` or `out`."""
    way = WAYS[direction]()
    drawing = Drawing(f"The way {direction} of a byte")
    for number, (module, name) in enumerate(way):
        x, y = number * _TREAD, number * _STEP
        if direction == "in":
            y = (len(way) - 1 - number) * _STEP
        width = width_of(module) + 2 * _PAD
        drawing.box(x, y, width, _STEP - 10)
        drawing.text(x + _PAD, y + 16, module)
        drawing.text(x + width + _PAD, y + 16, f"{name}()", style="small")
        if number + 1 < len(way):
            start, end = (y, y - 10) if direction == "in" else (y + _STEP - 10, y + _STEP)
            drawing.line([(x + _TREAD + 10, start), (x + _TREAD + 10, end)], arrow=True)
    return drawing.svg()
