"""Which methods each flow may call, read from its compiled code.

A flow makes its requests in `REQUESTS`, in its own methods and in the classes of its data (the purposes of a phone
code). All three are followed through every function and class of `sansio_tl.auth` that they name; a class of
`sansio_tl.functions` found there is a request of the flow. Nothing is run, so requests that no test reaches are found
as well.
"""

from __future__ import annotations

import dis
from collections.abc import Iterable, Iterator
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import Any, get_type_hints

from sansio_tl import Function, auth
from sansio_tl.auth.flow import Flow

_PACKAGE = "sansio_tl.auth"


def methods_of(flow: type[Flow[Any]]) -> frozenset[str]:
    """The names of the methods that a flow can call."""
    return _methods()[flow.KIND]


def users_of(method: str) -> tuple[type[Flow[Any]], ...]:
    """The flows that can call a method, in their order."""
    return tuple(flow for flow in auth.FLOWS if method in methods_of(flow))


@cache
def _methods() -> dict[str, frozenset[str]]:
    return {flow.KIND: named_in((flow, *flow.REQUESTS.values(), *_classes_of(flow.DATA))) for flow in auth.FLOWS}


def named_in(starts: Iterable[object]) -> frozenset[str]:
    """The methods that functions and classes use, directly or through others of `sansio_tl.auth`."""
    found: set[str] = set()
    pending = list(starts)
    seen: set[int] = set()
    while pending:
        thing = pending.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, type) and issubclass(thing, Function):
            if thing is not Function:
                found.add(thing.NAME)
        elif isinstance(thing, type) and thing.__module__.startswith(_PACKAGE):
            pending += thing.__mro__[1:]
            pending += _functions_of(thing)
        elif isinstance(thing, FunctionType) and thing.__module__.startswith(_PACKAGE):
            pending += _named(thing.__code__, thing.__globals__)
    return frozenset(found)


def _functions_of(cls: type) -> Iterator[object]:
    for member in vars(cls).values():
        if isinstance(member, property):
            yield member.fget
        else:
            yield getattr(member, "__func__", member)


def _named(code: CodeType, names: dict[str, Any]) -> Iterator[object]:
    """The objects that code uses: globals, and attributes of global modules."""
    current: object = None
    for step in dis.get_instructions(code):
        if step.opname == "LOAD_GLOBAL":
            current = names.get(step.argval)
        elif step.opname in ("LOAD_ATTR", "LOAD_METHOD") and isinstance(current, ModuleType):
            current = getattr(current, step.argval, None)
        else:
            current = None
        if current is not None and not isinstance(current, ModuleType):
            yield current
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _named(constant, names)


def _classes_of(data: type) -> Iterator[type]:
    """The classes of the fields of a flow's data, and the members of unions."""
    for hint in get_type_hints(data).values():
        pending: list[Any] = [hint]
        while pending:
            kind = pending.pop()
            if isinstance(kind, type):
                yield kind
            pending += getattr(kind, "__args__", ())
