"""Event loops that differ from that of the standard library: a stand-in for qasync.

The tests of all adapters run on uvloop itself.
"""

from __future__ import annotations

import asyncio as the_library
from typing import Any

import pytest

from sansio_tl.limits import Limits
from sansio_tl_transports import asyncio
from sansio_tl_transports.asyncio import _backend, _sockets
from sansio_tl_transports.asyncio._stream import Wire
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import ANSWERED, NEAREST, UNANSWERED, ScriptedDataCenter
from tests.transports.test_asyncio_pump import Alarm


class BareHandle:
    """What qasync gives for `call_later`: a handle that can be cancelled and knows nothing else."""

    def __init__(self, timer: the_library.TimerHandle) -> None:
        self.cancel = timer.cancel
        self._source_traceback = None  # asyncio's own call_later asks for it


class BareLoop(the_library.SelectorEventLoop):
    """Its timers do not report when they fire."""

    def call_at(self, when: float, callback: Any, *args: Any, **more: Any) -> Any:  # type: ignore[override]
        return BareHandle(super().call_at(when, callback, *args, **more))


class BareTransport:
    """All that a transport has, without being one."""

    def __init__(self, transport: the_library.Transport) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class BareWire(Wire):
    """The protocol of such a transport."""

    def connection_made(self, transport: the_library.BaseTransport) -> None:
        super().connection_made(BareTransport(transport))  # type: ignore[arg-type]


def test_adapter_runs_on_a_loop_with_its_own_transports_and_timers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        ours = client_config(limits=Limits(ping_interval=0.02, ping_timeout=5))
        async with asyncio.serve(ScriptedDataCenter()) as server, asyncio.connect(server.address, ours) as connection:
            with pytest.raises(TimeoutError):
                await connection.invoke(UNANSWERED, timeout=0.2)
            assert await connection.invoke(ANSWERED, timeout=5) == NEAREST

    monkeypatch.setattr(_backend, "Wire", BareWire)
    monkeypatch.setattr(_sockets, "Wire", BareWire)
    with the_library.Runner(loop_factory=BareLoop) as runner:
        runner.run(main())


def test_timer_fires_at_its_earliest_deadline() -> None:
    rang: list[float] = []

    async def main() -> None:
        loop = the_library.get_running_loop()
        began = loop.time()
        alarm = Alarm(lambda: rang.append(loop.time() - began))
        alarm.at(began + 60)
        alarm.at(began + 0.05)
        alarm.at(began + 0.2)  # later than the one before
        await the_library.sleep(0.15)
        assert len(rang) == 1
        assert rang[0] >= 0.04
        alarm.at(began + 0.2)
        await the_library.sleep(0.15)
        assert len(rang) == 2
        alarm.at(loop.time() + 0.02)
        alarm.cancel()
        await the_library.sleep(0.05)
        assert len(rang) == 2
        alarm.at(loop.time() + 0.02)
        await the_library.sleep(0.05)
        assert len(rang) == 3

    with the_library.Runner(loop_factory=BareLoop) as runner:
        runner.run(main())
