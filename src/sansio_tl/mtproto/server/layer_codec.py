"""How clients of another layer are understood: their queries are read by their own schema, and so are answers written.

Everything behind the connection speaks the shipped schema. A query is translated when it comes in, an answer when it
goes out, by the names of constructors and fields (`sansio_tl.tl.layer_translation` has the rule for what only one layer
knows). The client tells its layer with invokeWithLayer, in the query itself or in an earlier one. A client of a layer
that is not there is understood by the nearest one: most declarations stay as they are for many layers.
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
"""Wrappers that may stand before invokeWithLayer: how many bytes of theirs come before the query that they carry."""


class LayerCodec:
    """One layer's way of speaking. `Schema` is that of the layer; shared by all links."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._inwards = Translator(codec.coder.registry)
        self._outwards = Translator(schema.coder.registry)

    def knows(self, body: bytes) -> bool:
        """Whether a message is the API's in this layer; MTProto's own messages are the same in all of them."""
        return int.from_bytes(body[:4], "little") in self._schema.declarations.by_id

    def read(self, body: bytes, limits: Limits) -> tuple[TLObject | None, TLObject]:
        """A query of a client: as it said it, and in our words. Raises DecodeError, or UntranslatableError if we have
        none.

        Where only the shipped schema knows the method, the query is read by that, and None stands for what was said.
        """
        said = self._schema.decode(body, limits)
        if _is_unknown(said) and not _is_unknown(ours := codec.decode(body, limits)):
            return None, ours
        return said, self._inwards.value(said)

    def write_result(self, said: TLObject, result: object) -> bytes:
        """The answer to a query of a client. Raises UntranslatableError if its layer has none."""
        kind = self._schema.coder.result_type(cast("Function[Any]", said))
        return self._schema.encode_result(cast("Function[Any]", said), self._outwards.item(kind, result))

    def write(self, value: TLObject) -> bytes:
        """What a client of this layer is told unasked. Raises UntranslatableError if its layer has no words for it."""
        return self._schema.encode(self._outwards.value(value))


def _is_unknown(query: TLObject) -> bool:
    """Whether nobody knows what is asked, inside all wrappers."""
    while isinstance(inner := getattr(query, "query", None), TLObject):
        query = inner
    return isinstance(query, Unknown)


class LayerCodecs:
    """The layers that a data center can speak: the shipped one, and those whose schemas it was given."""

    def __init__(self, schemas: Mapping[int, Schema]) -> None:
        """`schemas` by layer."""
        others = {layer: LayerCodec(schema) for layer, schema in schemas.items()}
        self._by_layer: dict[int, LayerCodec | None] = {LAYER: None} | others

    def nearest(self, layer: int) -> int:
        """The layer in which a client of `layer` is served: its own, or the nearest; of two, the newer."""
        if layer in self._by_layer:
            return layer
        return min(self._by_layer, key=lambda known: (abs(known - layer), -known))

    def of(self, layer: int | None) -> LayerCodec | None:
        """How to speak to a client of that layer; None: as we speak."""
        return None if layer is None else self._by_layer[self.nearest(layer)]


def layer_in(body: bytes) -> int | None:
    """The layer that a query names before anything in it must be understood; None if it does not."""
    at = 0
    while (key := body[at : at + 4]) in _BEFORE:
        at += _BEFORE[key]
    if key != _INVOKE_WITH_LAYER or len(body) < at + 8:
        return None
    return int.from_bytes(body[at + 4 : at + 8], "little", signed=True)
