"""Tests that ask for it run with both implementations of the codec."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.helpers.codecs import IMPLEMENTATIONS, using


@pytest.fixture(scope="module", params=IMPLEMENTATIONS)
def implementation(request: pytest.FixtureRequest) -> Iterator[str]:
    """Which one: `python` or `c`."""
    with using(request.param, request.module):
        yield request.param
