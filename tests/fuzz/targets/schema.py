"""Schema texts: any text gives a schema or a SchemaError, and any schema reads any bytes."""

from __future__ import annotations

from sansio_tl import Schema
from sansio_tl.tl.errors import SchemaError
from tests.fuzz.targets.codec import repr_all

SMALL_SCHEMA = """
leaf#00000001 = Leaf;
leafNumbered#00000002 number:int = Leaf;
node#00000003 flags:# left:flags.0?Node right:flags.1?Node label:flags.2?string = Node;
twoWords#00000004 flags:# a:flags.0?int flags2:# b:flags2.31?long c:flags.0?Bool d:flags2.1?true = Words;
vectors#00000005 a:Vector<int> b:vector<leafNumbered> c:Vector<Vector<string>> d:vector<%Sole> = Vectors;
sole#00000006 pair:int128 wide:int256 ratio:double data:bytes = Sole;
anything#00000007 it:Object = Anything;
---functions---
ask#00000008 {X:Type} query:!X = X;
get#00000009 leaf:Leaf = Vector<Leaf>;
// LAYER 1
"""


def schema(data: bytes) -> None:
    """Any text, and then any bytes by each of its constructors."""
    text, _, rest = data.partition(b"\0")
    made = Schema.parse(text.decode("utf-8", "replace"))
    for combinator in made.declarations.combinators[:8]:
        try:
            _survives(made, combinator.id.to_bytes(4, "little") + rest)
        except SchemaError:
            raise
        except ValueError as error:
            raise AssertionError(f"{combinator.text}: {error}") from error
    repr(made)
    dir(made.types)


def schema_values(data: bytes) -> None:
    """A schema with every construction of the language, made once, and any bytes."""
    _survives(_schema(), data)


def _survives(made: Schema, data: bytes) -> None:
    from sansio_tl.tl.errors import DecodeError

    try:
        value = made.decode(data)
    except DecodeError:
        return
    again = made.decode(made.encode(value))
    if repr_all(again) != repr_all(value):
        raise AssertionError("a value does not survive")


def _schema() -> Schema:
    if not _made:
        _made.append(Schema.parse(SMALL_SCHEMA))
    return _made[0]


_made: list[Schema] = []
