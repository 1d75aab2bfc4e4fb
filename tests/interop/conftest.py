from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from sansio_tl.codec.schema import Schema
from sansio_tl_transports.layers import LayerSchemas
from tests.interop.matrix import Matrix


@pytest.fixture(scope="session")
def matrix() -> Iterator[Matrix]:
    matrix = Matrix()
    yield matrix
    matrix.save()


@pytest.fixture(scope="session")
def schemas() -> Mapping[int, Schema]:
    """By layer, as `sansio-tl serve` has them."""
    return LayerSchemas()
