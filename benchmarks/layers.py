"""The workloads for peers of another layer.

`message` and `user` change their ids and fields from layer to layer, so a peer of layer 158 cannot read bytes of layer
232. Such a peer gets the same values written by its own schema, and so do we: through `Schema.parse`, on identical
bytes.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from benchmarks.workloads import Workload
from sansio_tl import Schema
from sansio_tl.tl.layer_history import LayerHistory
from sansio_tl.tl.model import Builtin, Combinator, Type, Vector
from sansio_tl.tl.objects import Function, TLObject


def transposed(workload: Workload, schema: Schema) -> Workload:
    """The workload by another schema. Fields that the schema lacks are left out; ones that are new to us are empty."""
    value = _transpose(workload.value, schema)
    others = [_transpose(other, schema) for other, _ in workload.more]
    more = tuple((other, schema.encode(other)) for other in others)
    return Workload(workload.name, workload.about, value, schema.encode(value), schema.layer or 0, more)


def in_layer(value: TLObject, schema: Schema) -> bytes:
    """The bytes of a value by another schema."""
    return schema.encode(_transpose(value, schema))


def _transpose(value: Any, schema: Schema) -> Any:
    if isinstance(value, list | tuple):
        return [_transpose(item, schema) for item in value]
    if not isinstance(value, TLObject):
        return value
    registry = schema.coder.registry
    entry = (registry.function if isinstance(value, Function) else registry.by_name)(value.NAME)
    if entry is None:
        raise LookupError(f"layer {schema.layer} has no {value.NAME}")
    theirs = dict(zip(entry.cls.__struct_fields__, entry.combinator.values, strict=True))
    fields = {name: _transpose(getattr(value, name), schema) for name in value.__struct_fields__ if name in theirs}
    for name, held in fields.items():
        if isinstance(held, float) and theirs[name].type == Builtin("int"):  # durations were whole seconds once
            fields[name] = int(held)
    for name, declared in theirs.items():
        if declared.word is None and name not in fields:
            fields[name] = _empty(declared.type, entry.combinator)
    return entry.cls(**fields)


def _empty(kind: Type, of: Combinator) -> Any:
    match kind:
        case Vector():
            return []
        case Builtin("string"):
            return ""
        case Builtin("bytes"):
            return b""
        case Builtin("int" | "long"):
            return 0
        case _:
            raise LookupError(f"{of.name} needs a {kind}")


def shipped(layer: int) -> str:
    """The text of the schema of an older layer, as the package has it. Raises KeyError for a layer that it has not."""
    folder = files("sansio_tl.schema")
    return LayerHistory(*((folder / name).read_text(encoding="utf-8") for name in ("layers.tl", "api.tl"))).text(layer)
