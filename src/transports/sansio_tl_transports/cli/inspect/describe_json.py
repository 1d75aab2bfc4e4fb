"""The descriptions of `sansio-tl describe` as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sansio_tl import errors
from sansio_tl.errors import RpcError
from sansio_tl.tl.model import Combinator, as_tl
from sansio_tl.tl.naming import split
from sansio_tl_transports.cli.inspect import descriptions
from sansio_tl_transports.cli.inspect.describe import python_name
from sansio_tl_transports.cli.inspect.error import sentence_of
from sansio_tl_transports.cli.inspect.schema_index import SchemaIndex
from sansio_tl_transports.cli.inspect.search import Found


def of_schema(index: SchemaIndex, found: Combinator | str) -> dict[str, Any]:
    """A method, a constructor or a type."""
    if isinstance(found, str):
        return {
            "kind": "type",
            "name": found,
            "constructors": [constructor.name for constructor in index.types[found]],
            "returned_by": [method.name for method in index.returning(found)],
            "used_in": [combinator.name for combinator in index.taking(found)],
        }
    return _method(found) if found.is_function else _constructor(found)


def of_error(index: SchemaIndex, error: type[RpcError], given: str = "") -> dict[str, Any]:
    """An error; `given` is the text of a server, whose values its meaning has."""
    methods = [method.name for method in index.declarations.functions if error in errors.errors_of(method.name)]
    return {
        "kind": "error",
        **_error(error, given),
        "values": {name: kind.__name__ for name, kind in error.values.items()},
        "any_method": error in errors.ANY_METHOD,
        "methods": methods,
        "python": f"errors.{error.__name__}",
    }


def of_search(results: Sequence[Found]) -> dict[str, Any]:
    """The results of a search."""
    return {"kind": "search", "results": [each._asdict() for each in results]}


def _method(method: Combinator) -> dict[str, Any]:
    known = sorted(errors.errors_of(method.name), key=lambda error: error.name)
    users = "users" if errors.is_user_only(method.name) else "bots" if errors.is_bot_only(method.name) else "all"
    return {
        "kind": "method",
        **_common(method),
        "description": descriptions.METHODS.get(method.name),
        "parameters": _fields(method),
        "errors": [_error(error) for error in known],
        "usable_by": users,
    }


def _constructor(constructor: Combinator) -> dict[str, Any]:
    return {"kind": "constructor", **_common(constructor), "fields": _fields(constructor)}


def _common(combinator: Combinator) -> dict[str, Any]:
    return {
        "name": combinator.name,
        "id": f"{combinator.id:08x}",
        "namespace": split(combinator.name)[0],
        "tl": combinator.text,
        "result": as_tl(combinator.result),
        "python": python_name(combinator),
    }


def _fields(combinator: Combinator) -> list[dict[str, Any]]:
    return [
        {
            "name": field.name,
            "type": as_tl(field.type),
            "flag": None if field.word is None else f"{field.word}.{field.bit}",
            "description": descriptions.of_field(combinator.name, field.name),
        }
        for field in combinator.fields
        if not field.is_word
    ]


def _error(error: type[RpcError], given: str = "") -> dict[str, Any]:
    return {
        "name": error.name or error.__name__,
        "codes": list(error.codes),
        "meaning": sentence_of(error, given),
        "hint": error.hint,
    }
