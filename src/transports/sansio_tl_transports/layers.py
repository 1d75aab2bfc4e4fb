"""The schemas of older layers of the API, for servers whose clients use them.

    ServerConfig(private_keys=(key,), schemas=LayerSchemas())
    DataCenterConfig(schemas=LayerSchemas())

The package has them as differences from the shipped layer (`sansio_tl/schema/layers.tl`). A schema is made when the
first client of its layer arrives, which takes a fraction of a second; `LayerSchemas(181, 220)` has these at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from sansio_tl import Schema
from sansio_tl.tl.layer_history import LayerHistory


class LayerSchemas(Mapping[int, Schema]):
    """Layer -> schema, for each older layer that the package knows."""

    def __init__(self, *layers: int) -> None:
        """`layers` are made at once, the others when they are needed. Raises KeyError for an unknown one."""
        for layer in layers:
            _schema(layer)

    def __getitem__(self, layer: int) -> Schema:
        return _schema(layer)

    def __contains__(self, layer: object) -> bool:
        return layer in _history().layers

    def __iter__(self) -> Iterator[int]:
        return iter(_history().layers)

    def __len__(self) -> int:
        return len(_history().layers)

    def __repr__(self) -> str:
        return f"<LayerSchemas: {len(self)} layers>"


@cache
def _history() -> LayerHistory:
    folder = files("sansio_tl.schema")
    texts = (folder.joinpath(name).read_text(encoding="utf-8") for name in ("layers.tl", "api.tl"))
    return LayerHistory(*texts)


@cache
def _schema(layer: int) -> Schema:
    return Schema.parse(_history().text(layer))
