"""Clients of other layers: their queries are decoded with the schema of their layer, and answers encoded with it.

The application uses the shipped schema only. Queries and answers are translated by the names of constructors and fields
(`sansio_tl.tl.layer_translation` has the rule for what only one layer has). The client sends its layer in
invokeWithLayer, in the query itself or in an earlier one. For a layer without a schema the nearest one is used: most
declarations stay as they are for many layers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sansio_tl import codec, functions
from sansio_tl.codec.index import LAYER
from sansio_tl.codec.schema import Schema
from sansio_tl.limits import Limits
from sansio_tl.tl.layer_translation import Translator
from sansio_tl.tl.objects import Function, TLObject, Unknown

_INVOKE_WITH_LAYER = functions.InvokeWithLayer.ID.to_bytes(4, "little")
_BEFORE = {
    functions.InvokeWithoutUpdates.ID.to_bytes(4, "little"): 4,
    functions.InvokeAfterMsg.ID.to_bytes(4, "little"): 12,
}
"""Wrappers that may precede invokeWithLayer: how many bytes of theirs precede the query in them."""


class LayerCodec:
    """The codec of one layer, shared by all connections."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._inwards = Translator(codec.coder.registry)
        self._outwards = Translator(schema.coder.registry)

    def knows(self, body: bytes) -> bool:
        """Whether a message is the API's in this layer; MTProto's own messages are the same in all of them."""
        return int.from_bytes(body[:4], "little") in self._schema.declarations.by_id

    def read(self, body: bytes, limits: Limits) -> tuple[TLObject | None, TLObject]:
        """A query of a client: as it was received, and in the shipped layer.

        If only the shipped schema has the method, the query is decoded with that, and the first value is None. Raises
        DecodeError, and UntranslatableError for what the shipped layer cannot express.
        """
        original = self._schema.decode(body, limits)
        if _is_unknown(original) and not _is_unknown(ours := codec.decode(body, limits)):
            return None, ours
        return original, self._inwards.value(original)

    def write_result(self, original: TLObject, result: object) -> bytes:
        """The encoded answer to a query of a client. Raises UntranslatableError if its layer cannot express it."""
        kind = self._schema.coder.result_type(cast("Function[Any]", original))
        return self._schema.encode_result(cast("Function[Any]", original), self._outwards.item(kind, result))

    def write(self, value: TLObject) -> bytes:
        """An encoded value for a client of this layer. Raises UntranslatableError if the layer cannot express it."""
        return self._schema.encode(self._outwards.value(value))


def _is_unknown(query: TLObject) -> bool:
    """Whether the innermost query, without its wrappers, is unknown."""
    while isinstance(inner := getattr(query, "query", None), TLObject):
        query = inner
    return isinstance(query, Unknown)


class LayerCodecs:
    """The layers that a data center supports: the shipped one, and those whose schemas it was given."""

    def __init__(self, schemas: Mapping[int, Schema]) -> None:
        """`schemas` by layer. Each is taken from the mapping when the first client needs it, so it may be made then."""
        self._schemas = schemas
        self._layers = {LAYER, *schemas}
        self._codecs: dict[int, LayerCodec | None] = {} if LAYER in schemas else {LAYER: None}

    def nearest(self, layer: int) -> int:
        """The layer in which a client of `layer` is served: its own, or the nearest; of two, the newer."""
        if layer in self._layers:
            return layer
        return min(self._layers, key=lambda known: (abs(known - layer), -known))

    def of(self, layer: int | None) -> LayerCodec | None:
        """The codec for a client of that layer; None: the shipped one."""
        if layer is None:
            return None
        served = self.nearest(layer)
        if served not in self._codecs:
            self._codecs[served] = LayerCodec(self._schemas[served])
        return self._codecs[served]


def layer_in(body: bytes) -> int | None:
    """The layer that a query names before anything in it must be understood; None if it does not."""
    at = 0
    while (key := body[at : at + 4]) in _BEFORE:
        at += _BEFORE[key]
    if key != _INVOKE_WITH_LAYER or len(body) < at + 8:
        return None
    return int.from_bytes(body[at + 4 : at + 8], "little", signed=True)
