"""`sansio-tl decode`: detects the kind of data and prints it."""

from __future__ import annotations

from typing import Any

from sansio_tl import AuthKey, DecodeError, Function, Limits
from sansio_tl.tl.interpreted_decoder import InterpretedDecoder, TraceEntry
from sansio_tl.tl.model import AnyType, Type
from sansio_tl.tl.schema_codec import SchemaCodec
from sansio_tl_transports.cli.inspect.dump import Tree
from sansio_tl_transports.cli.inspect.messages import is_plain, show_encrypted, show_plain
from sansio_tl_transports.cli.inspect.output import HEAD, Output
from sansio_tl_transports.cli.inspect.usage_error import UsageError, did_you_mean


def show(
    output: Output,
    coder: SchemaCodec,
    data: bytes,
    *,
    auth_key: AuthKey | None,
    result_of: str | None,
    as_json: bool,
    secrets: bool,
) -> None:
    """Print decoded data. Raises UsageError, and DecodeError after the fields before the error."""
    tree = Tree(output, coder.registry, secrets=secrets)
    if as_json:
        if auth_key is not None or result_of is not None:
            raise UsageError("--json cannot be used with --auth-key or --result-of")
        for line in coder.to_json(coder.decode(data), indent=2).split("\n"):
            output.line(line)
        return
    output.line((f"{'offset':>7}  {'bytes':<26}  field", HEAD))
    if auth_key is not None:
        show_encrypted(tree, coder, data, auth_key)
    elif is_plain(data):
        show_plain(tree, coder, data)
    else:
        _show_value(tree, coder, data, None if result_of is None else coder.result_type(find_method(coder, result_of)))


def _show_value(tree: Tree, coder: SchemaCodec, data: bytes, kind: Type | None) -> None:
    """A value; if decoding fails, the fields before the error."""
    steps: list[TraceEntry] = []
    try:
        InterpretedDecoder(data, coder.registry, Limits(), steps).whole(AnyType() if kind is None else kind)
    except DecodeError as error:
        tree.steps(steps, data)
        if len(data) >= 24 and len(data) % 16 == 8:
            raise UsageError(f"{error}. If it is an encrypted message, give --auth-key") from None
        raise
    tree.steps(steps, data)


def find_method(coder: SchemaCodec, name: str) -> type[Function[Any]]:
    """The method with this name. Raises UsageError."""
    entry: Any = coder.registry.function(name)
    if entry is None:
        known = (entry.combinator.name for entry in coder.registry.entries() if entry.combinator.is_function)
        raise UsageError(f"unknown method {name}{did_you_mean(name, known)}")
    found: type[Function[Any]] = entry.cls
    return found
