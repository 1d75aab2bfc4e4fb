"""`sansio-tl decode`: which kind of thing the bytes are, and how it is shown."""

from __future__ import annotations

from typing import Any

from sansio_tl import AuthKey, DecodeError, Limits
from sansio_tl.tl.interpreted_decoder import InterpretedDecoder, TraceEntry
from sansio_tl.tl.model import AnyType, Type
from sansio_tl.tl.schema_codec import SchemaCodec
from sansio_tl_transports.cli.inspect.dump import Tree
from sansio_tl_transports.cli.inspect.messages import is_plain, show_encrypted, show_plain
from sansio_tl_transports.cli.inspect.output import HEAD, Output
from sansio_tl_transports.cli.inspect.usage_error import Mistake, did_you_mean


def show(
    paper: Output,
    coder: SchemaCodec,
    data: bytes,
    *,
    auth_key: AuthKey | None,
    result_of: str | None,
    as_json: bool,
    secrets: bool,
) -> None:
    """Print what the bytes are. Raises Mistake, and DecodeError after the part that could be read."""
    tree = Tree(paper, coder.registry, secrets=secrets)
    if as_json:
        if auth_key is not None or result_of is not None:
            raise Mistake("--json prints one value; it does not go with --auth-key or --result-of")
        for line in coder.to_json(coder.decode(data), indent=2).split("\n"):
            paper.line(line)
        return
    paper.line((f"{'offset':>7}  {'bytes':<26}  field", HEAD))
    if auth_key is not None:
        show_encrypted(tree, coder, data, auth_key)
    elif is_plain(data):
        show_plain(tree, coder, data)
    else:
        _show_value(tree, coder, data, None if result_of is None else _result_type(coder, result_of))


def _show_value(tree: Tree, coder: SchemaCodec, data: bytes, kind: Type | None) -> None:
    """A value as far as it goes: what was read before the mistake helps to find it."""
    steps: list[TraceEntry] = []
    try:
        InterpretedDecoder(data, coder.registry, Limits(), steps).whole(AnyType() if kind is None else kind)
    except DecodeError as error:
        tree.steps(steps, data)
        if len(data) >= 24 and len(data) % 16 == 8:
            raise Mistake(f"{error}. Is it an encrypted message? Then give --auth-key") from None
        raise
    tree.steps(steps, data)


def _result_type(coder: SchemaCodec, method: str) -> Type:
    """What a method answers with."""
    entry: Any = coder.registry.function(method)
    if entry is None:
        known = (entry.combinator.name for entry in coder.registry.entries() if entry.combinator.is_function)
        raise Mistake(f"there is no method {method}{did_you_mean(method, known)}")
    return coder.result_type(entry.cls)
