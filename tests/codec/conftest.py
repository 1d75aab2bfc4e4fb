"""Every test of the codec runs with both implementations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.helpers.codecs import IMPLEMENTATIONS, using


@pytest.fixture(scope="module", params=IMPLEMENTATIONS, autouse=True)
def implementation(request: pytest.FixtureRequest) -> Iterator[str]:
    """Which one: `python` or `c`."""
    with using(request.param, request.module):
        yield request.param
