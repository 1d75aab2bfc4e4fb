"""A schema text from anywhere -> the text as this project keeps it: one declaration a line, nothing else.

Clients add declarations of their own to Telegram's, which this drops:

    ipPort, help.configSimple ...                  MTProto's service schema has them
    invokeWithApnsSecretPrefix ...                 a wrapper without its query; the id is that of the wrapper
    inputStickerSetThumbLegacy ...                 a constructor of an older layer; the id is that of its old name
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from sansio_tl.tl.constructor_id import combinator_id
from sansio_tl.tl.errors import SchemaError
from sansio_tl.tl.model import Combinator, Declarations, as_tl
from sansio_tl.tl.parser import parse

_SUFFIXES = ("Prefix", "Legacy")
BUILTINS = (
    "boolFalse#bc799737 = Bool;",
    "boolTrue#997275b5 = Bool;",
    "true#3fedd339 = True;",
    "vector#1cb5c415 {t:Type} # [ t ] = Vector t;",
    "error#c4b9f9bb code:int text:string = Error;",
    "null#56730bcc = Null;",
)
"""Declarations of every layer, which clients that have them built in comment out."""


def clean(text: str, service_ids: Collection[int]) -> Declarations:
    """The declarations of a layer. `service_ids` are those of MTProto's own schema.

    Raises SchemaError for a text without a layer, and for an id that is neither the CRC-32 of its declaration nor
    explained above.
    """
    parsed = parse(text)
    if parsed.layer is None:
        raise SchemaError("the text has no line // LAYER n")
    kept = [c for c in parsed.combinators if c.id not in service_ids and not _is_alias(c, parsed)]
    for c in kept:
        if c.id != c.crc:
            raise SchemaError(f"{c.name} declares the id {c.id:08x}, its text hashes to {c.crc:08x}", c.line)
    return Declarations(tuple(kept), parsed.layer)


def _is_alias(c: Combinator, schema: Declarations) -> bool:
    if c.id == c.crc:
        return False
    for suffix in _SUFFIXES:
        plain = c.name.removesuffix(suffix)
        if plain == c.name:
            continue
        renamed = c.text.replace(c.name, plain, 1)
        if combinator_id(renamed) == c.id or any(o.id == c.id and o.name == plain for o in schema.combinators):
            return True
    return False


def schema_text(schema: Declarations) -> str:
    """The text of a layer: its built-in declarations, its types, its functions, its number."""
    builtin = {line.partition("#")[0] for line in BUILTINS}
    lines = ["---types---", "", *(line for each in BUILTINS for line in (each, "")), ""][:-1]
    lines += _grouped(schema.constructors, builtin, lambda c: as_tl(c.result))
    lines += ["", "---functions---", ""]
    lines += _grouped(schema.functions, (), lambda c: c.name.rpartition(".")[0])
    return "\n".join([*lines, "", f"// LAYER {schema.layer}", ""])


def _grouped(
    combinators: Iterable[Combinator], left_out: Collection[str], group: Callable[[Combinator], str]
) -> list[str]:
    """A declaration a line, with a blank line between groups."""
    lines: list[str] = []
    before = None
    for c in combinators:
        if c.name not in left_out:
            if before not in (None, group(c)):
                lines.append("")
            before = group(c)
            lines.append(c.text)
    return lines
