from __future__ import annotations

from collections.abc import Iterator

import pytest

from sansio_tl.codec.schema import Schema
from sansio_tl_transports.cli.serve import shipped_schemas
from tests.interop import client_environments
from tests.interop.matrix import Matrix


@pytest.fixture(scope="session")
def matrix() -> Iterator[Matrix]:
    matrix = Matrix()
    yield matrix
    matrix.save()


@pytest.fixture(scope="session")
def schemas() -> dict[int, Schema]:
    """By layer, as `sansio-tl serve` has them: shipped ones, and those of the clients that have one to give."""
    texts = (place.schema.read_text() for place in client_environments.ALL if place.schema is not None)
    return shipped_schemas() | {schema.layer or 0: schema for schema in map(Schema.parse, texts)}
