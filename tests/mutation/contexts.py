"""A plugin of pytest that reports coverage.py which test runs: in all threads, fixtures and hypothesis's examples too.

Coverage's own `dynamic_context = test_function` looks for a function named `test_...` in a test module: it misses tests
that hypothesis wraps, and other threads.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest
from coverage import Coverage
from hypothesis import settings

settings.register_profile("map", max_examples=10, deadline=None, derandomize=True)
"""Which lines a test runs is known after a few examples."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    running = Coverage.current()
    if running is None:
        return (yield)
    running.switch_context(item.nodeid.partition("[")[0])
    try:
        return (yield)
    finally:
        running.switch_context("")
