"""The tasks of a stream through a WEB proxy in asyncio and trio: what a failed or refused connection of it becomes."""

from __future__ import annotations

import time
from typing import Any

import pytest

from sansio_tl_transports import sync
from sansio_tl_transports._shared import async_adapter
from sansio_tl_transports._shared.async_backend import AsyncBackend, OpenedWire
from sansio_tl_transports._shared.connect_options import Attempt
from sansio_tl_transports._shared.web_lanes import WebLanes
from sansio_tl_transports.asyncio import _backend as asyncio_backend
from sansio_tl_transports.trio import _backend as trio_backend
from tests.helpers.adapters import ADAPTERS, Adapter
from tests.helpers.connected_pair import client_config
from tests.transports.test_web_lanes import Carrier

pytestmark = pytest.mark.parametrize(
    "adapter",
    [each for each in ADAPTERS if each.module is not sync],
    ids=lambda adapter: type(adapter).__name__.lower(),
)
BACKENDS: tuple[type[AsyncBackend[Any]], ...] = (asyncio_backend.Backend, trio_backend.Backend)


class Wire:
    def __init__(self, aborted: list[int]) -> None:
        self._aborted = aborted

    async def abort(self) -> None:
        self._aborted.append(1)


class Script:
    """Sockets that open at once, and whose transfers end as the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *ends: Exception | None) -> None:
        self.carrier = Carrier()
        self.carrier.lanes = self.carrier.lanes[:1]  # type: ignore[assignment]
        self.ends = list(ends)
        self.opened: list[tuple[float, list[Attempt]]] = []
        self.aborted: list[int] = []
        script = self

        async def open_socket(_: object, attempts: list[Attempt], stagger: float | None) -> OpenedWire:
            script.opened.append((time.monotonic(), list(attempts)))
            carrier: Any = script.carrier
            return OpenedWire(Wire(script.aborted), attempts[0], carrier=carrier)

        async def transfer(*_: object) -> None:
            if not script.ends:
                script.carrier.lanes[0].reopens = False
            elif (end := script.ends.pop(0)) is not None:
                raise end

        for backend in BACKENDS:
            monkeypatch.setattr(backend, "open_socket", open_socket)
            monkeypatch.setattr(backend, "transfer", transfer)

    async def connect(self, adapter: Adapter) -> None:
        async with adapter.connect(("192.0.2.1", 1), client_config(), timeout=0.5):
            raise AssertionError("nothing answers")


def test_bug_of_a_connection_ends_the_stream(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError, match="a bug"):
        adapter.run(lambda: script.connect(adapter))


def test_failed_connection_is_reported_to_its_lane(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, OSError("reset"))
    with pytest.raises(TimeoutError):
        adapter.run(lambda: script.connect(adapter))
    assert script.carrier.lanes[0].failures == ["reset"]
    assert len(script.opened) == 1


def test_connection_that_is_not_wanted_is_closed(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch)
    monkeypatch.setattr(WebLanes, "make_runner", lambda *_: None)
    with pytest.raises(TimeoutError):
        adapter.run(lambda: script.connect(adapter))
    assert script.aborted == [1]


def test_connection_is_opened_again_after_a_pause(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(async_adapter, "PAUSE", 0.1)
    script = Script(monkeypatch, None, OSError("reset"))
    script.carrier.lanes[0].reopens = True
    with pytest.raises(TimeoutError):
        adapter.run(lambda: script.connect(adapter))
    (first, attempts), (second, again), (third, _) = script.opened
    assert min(second - first, third - second) > 0.09
    assert ([each.continues for each in attempts], [each.continues for each in again]) == ([False], [True])
    assert script.carrier.lanes[0].failures == ["reset"]
