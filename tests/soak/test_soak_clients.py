"""The clients and the proxy of the soak over real sockets, and that errors are detected."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sansio_tl import Client, errors
from sansio_tl.events import ResultReceived
from sansio_tl.mtproto.client import outcomes
from sansio_tl.mtproto.replay_window import ReplayWindow, Verdict
from sansio_tl.testing import RequestServed
from sansio_tl_transports.cli.serve_output import entry_of
from sansio_tl_transports.testing.server_thread import RunningDataCenter, ServerThread
from tests.helpers.adapters import ADAPTERS, Adapter, each_adapter
from tests.helpers.tcp_proxy import TcpProxy, tcp_proxy
from tests.soak import proxy, soak_clients
from tests.soak.accounting import Account, Executions
from tests.soak.messages import Ending
from tests.soak.proxy import SURVIVED, CuttingProxy, Fault
from tests.soak.soak_clients import BOT, SoakClient, Watch

ASYNCIO = next(adapter for adapter in ADAPTERS if type(adapter).__name__ == "Asyncio")


@pytest.fixture
def data_center() -> Iterator[RunningDataCenter]:
    with ServerThread() as server_thread:
        running = server_thread.open()
        running.add_bot(BOT)
        yield running


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    monkeypatch.setattr(Client, "next_event", Client.next_event)  # put back afterwards
    watch = Watch(1)
    watch.watch_answers()
    return watch


def live(
    adapter: Adapter,
    watch: Watch,
    data_center: RunningDataCenter,
    meanwhile: Callable[[TcpProxy], object] = lambda between: None,
    *,
    calls: int = 2,
) -> Account:
    """Let one client make some calls through a proxy, while something happens; what the accounting says."""
    client = SoakClient(watch, adapter, 1, 0, pace=0.01, seed=1)
    failures: list[BaseException] = []
    ended = threading.Event()
    with tcp_proxy(data_center.address) as between:

        def in_time() -> None:
            try:
                while not (watch.tally.ready or ended.is_set()):
                    threading.Event().wait(0.01)
                meanwhile(between)
                while not (watch.tally.calls - watch.tally.waiting >= calls or ended.is_set()):
                    threading.Event().wait(0.01)
            except BaseException as failure:  # noqa: BLE001  raised below
                failures.append(failure)
            finally:
                watch.finishing.set()

        thread = threading.Thread(target=in_time)
        thread.start()
        try:
            adapter.run(lambda: client.live(between.address[1], data_center.public_key, 0.0))
        finally:
            ended.set()
            thread.join()
    assert not failures
    executions = Executions()
    for event in data_center.events:
        if isinstance(event, RequestServed):
            executions.read(entry_of(event, 0.0).encode() + b"\n")
    return executions.compare({1: Ending(watch.made, watch.troubles)})


def lose_an_answer(between: TcpProxy) -> None:
    """Cut the connection when a call has been executed and its answer is on its way."""
    between.dropping_replies = True
    assert between.reply_dropped.wait(10), "a call is made every hundredth of a second"
    between.drop_connections()
    between.dropping_replies = False


@each_adapter
def test_calls_are_answered_and_executed_once_after_a_lost_answer(
    adapter: Adapter, watch: Watch, data_center: RunningDataCenter
) -> None:
    account = live(adapter, watch, data_center, lose_an_answer)
    assert watch.tally.links_lost >= 1
    assert watch.tally.answered == watch.tally.calls == account.calls == account.executed
    assert account == Account(account.calls, account.calls, 0, 0, 0)
    assert (watch.tally.doubled, watch.troubles) == (0, [])


@each_adapter
def test_call_executed_again_is_counted(
    adapter: Adapter, watch: Watch, data_center: RunningDataCenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(window: ReplayWindow, msg_id: int) -> Verdict:
        return Verdict.FRESH

    monkeypatch.setattr(ReplayWindow, "accept", forgetful)
    monkeypatch.setattr("sansio_tl.mtproto.server.seqno_checker.SeqnoOrder.accept", lambda order, message: None)
    assert live(adapter, watch, data_center, lose_an_answer).executed_twice >= 1


def test_missing_answer_is_counted_as_lost(
    watch: Watch, data_center: RunningDataCenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soak_clients, "PATIENCE", 0.5)

    def hold(between: TcpProxy) -> None:
        between.dropping_replies = True

    live(ASYNCIO, watch, data_center, hold, calls=3)
    assert watch.tally.lost >= 1
    assert watch.troubles[0][1] == "lost"


def test_repeated_answer_is_counted_as_doubled(
    watch: Watch, data_center: RunningDataCenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = outcomes.next_event
    repeated: list[Any] = []

    def twice(queue: deque[Any]) -> Any:
        event = take(queue)
        if isinstance(event, ResultReceived) and event.handle not in repeated:
            repeated.append(event.handle)
            queue.appendleft(event)
        return event

    monkeypatch.setattr(outcomes, "next_event", twice)
    live(ASYNCIO, watch, data_center)
    assert watch.tally.doubled >= watch.tally.calls


def test_answer_of_another_call_is_counted_as_foreign(
    watch: Watch, data_center: RunningDataCenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soak_clients, "answer", lambda call: [])
    live(ASYNCIO, watch, data_center)
    assert watch.tally.foreign == watch.tally.calls


def test_rpc_errors_are_counted(watch: Watch, data_center: RunningDataCenter) -> None:
    data_center.answer("users.getUsers", errors.parse(400, "PEER_ID_INVALID"), times=1)
    account = live(ASYNCIO, watch, data_center)
    assert watch.tally.refused == 1
    assert "PEER_ID_INVALID" in watch.troubles[0][2]
    assert account.answered_unexecuted == 0


# --- the proxy --------------------------------------------------------------------------------------------------------


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1000):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def _talk(port: int, enough: Callable[[int], bool]) -> bool:
    """Send bytes and read them back until so many have come; False when the connection ends before."""
    received = 0
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while not enough(received):
            writer.write(b"over and over")
            received += len(await reader.readexactly(13))
            await asyncio.sleep(0.01)
    except (OSError, asyncio.IncompleteReadError):
        return False
    finally:
        writer.transport.abort()
    return True


@pytest.mark.timeout(60)
@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name)
def test_proxy_injects_every_fault(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "REFUSED", float(fault is Fault.REFUSE))
    monkeypatch.setattr(proxy, "WEIGHTS", {fault: 1})
    monkeypatch.setattr(proxy, "LASTS", dict.fromkeys(proxy.LASTS, (0.05, 0.1)))

    async def through() -> None:
        async with await asyncio.start_server(_echo, "127.0.0.1", 0) as server:
            between = CuttingProxy(server.sockets[0].getsockname()[1], seed=1, life=0.1)
            async with await asyncio.start_server(between.welcome, "127.0.0.1", 0) as listener:
                lived = await _talk(
                    listener.sockets[0].getsockname()[1],
                    lambda _: between.faults[fault.value] >= 2,  # the first one is over
                )
        assert between.faults[fault.value] >= 1
        assert lived is (fault in SURVIVED), "a connection survives the faults of SURVIVED and no others"
        assert fault is not Fault.REFUSE or between.carried == 0

    asyncio.run(through())


def test_no_fault_is_injected_in_the_recovery_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    async def through() -> None:
        async with await asyncio.start_server(_echo, "127.0.0.1", 0) as server:
            between = CuttingProxy(server.sockets[0].getsockname()[1], seed=1, life=0.01)
            between.calm.set()
            async with await asyncio.start_server(between.welcome, "127.0.0.1", 0) as listener:
                assert await _talk(listener.sockets[0].getsockname()[1], lambda received: received == 60 * 13)
        assert between.report().faults == {}

    asyncio.run(through())
