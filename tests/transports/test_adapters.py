"""What the three adapters have in common, over real sockets on loopback."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_type

import pytest

from sansio_tl import auth, errors, functions, types
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import ConnectionLostError, RemoteProtocolError, TransportError
from sansio_tl.limits import Limits
from sansio_tl.testing import CodeSent, DataCenter, DataCenterConfig, DataCenterEvent, LoggedIn, LoggedOut
from sansio_tl.tl.errors import EncodeError
from sansio_tl.tl.objects import TLObject
from tests.helpers.adapters import Adapter, AnyConnection, each_adapter
from tests.helpers.connected_pair import client_config
from tests.helpers.rsa_key import rsa_key
from tests.helpers.scripted_data_center import (
    ANSWERED,
    CLOSES,
    CLOSES_INSIDE_PACKET,
    FAILS,
    INVALID_BYTES,
    MANY,
    NEAREST,
    PUSHED,
    PUSHES,
    PUSHES_TO_OTHERS,
    SENDS_INVALID_BYTES,
    UNANSWERED,
    ScriptedDataCenter,
    close_after_first_data,
    raw_server,
    send_invalid_bytes,
    stay_silent,
)

pytestmark = each_adapter

SOON = 0.1
"""Seconds after which a test gives up waiting for what will never come."""


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    files, threads = open_files(), our_threads()
    yield
    assert our_threads() == threads, "threads were left behind"
    assert open_files() == files, "sockets were left behind"


def our_threads() -> set[threading.Thread]:
    """Without trio's and asyncio's own, which wait for more work."""
    return {thread for thread in threading.enumerate() if thread.name == "sansio_tl"}


def open_files() -> set[str]:
    """Where the system reports."""
    directory = Path("/proc/self/fd")
    return {entry.name for entry in directory.iterdir()} if directory.is_dir() else set()


def data_center(**settings: Any) -> DataCenter:
    return DataCenter(
        DataCenterConfig(private_key=rsa_key(), **settings),
        entropy=os.urandom,
        now=time.time(),
    )


# --- the whole way ----------------------------------------------------------------------------------------------------


def test_account_logs_in_changes_its_number_and_logs_out(adapter: Adapter) -> None:
    codes: dict[str, str] = {}
    events: list[DataCenterEvent] = []

    def report(event: DataCenterEvent) -> None:
        events.append(event)
        if isinstance(event, CodeSent):
            codes[event.phone_number] = event.code

    async def scenario() -> None:
        dc = data_center()
        account = dc.add_account("+12025550100", first_name="Ada", password="geheim")
        async with (
            adapter.serve(dc, on_event=report) as server,
            adapter.connect(server.address, client_config()) as connection,
        ):
            flow = auth.log_in("+12025550100", api_id=1, api_hash="x")
            assert await connection.run(flow) is None
            flow.enter_code("no code at all")
            await connection.run(flow)
            assert isinstance(flow.error, errors.PhoneCodeInvalid)
            flow.enter_code(codes["12025550100"])
            await connection.run(flow)
            assert isinstance(flow.prompt, auth.PasswordPrompt)
            flow.enter_password("not this one", entropy=os.urandom)
            await connection.run(flow)
            assert isinstance(flow.error, errors.PasswordHashInvalid)
            flow.enter_password("geheim", entropy=os.urandom)
            await connection.run(flow)
            user = flow.result.user
            assert isinstance(user, types.User)
            assert (user.id, user.first_name) == (account.id, "Ada")

            moving = auth.change_phone("+12025550199")
            await connection.run(moving)
            moving.enter_code(codes["12025550199"])
            await connection.run(moving)
            assert moving.state == auth.DONE
            assert account.phone_number == "12025550199"

            await connection.invoke(functions.auth.LogOut())
            with pytest.raises(errors.AuthKeyUnregistered):
                await connection.invoke(functions.auth.LogOut())
            assert LoggedIn(account.id) in events
            assert LoggedOut(account.id) in events

    adapter.run(scenario)


def test_run_returns_the_data_center_that_a_number_belongs_to(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with (
            adapter.serve(data_center()) as server,
            adapter.connect(server.address, client_config()) as connection,
        ):
            flow = auth.log_in("+9996640001", api_id=1, api_hash="x")
            assert await connection.run(flow) == 4
            assert isinstance(flow.next_action(), auth.Invoke), "the request still waits for its data center"

    adapter.run(scenario)


def test_key_survives_its_connection_and_a_restart_of_the_server(adapter: Adapter) -> None:
    async def scenario() -> None:
        dc = data_center()
        async with adapter.serve(dc) as server:
            address = server.address
            async with adapter.connect(address, client_config()) as connection:
                key = connection.auth_key
                flow = auth.log_in("+9996620000", api_id=1, api_hash="x")
                await connection.run(flow)
        with pytest.raises(OSError, match=r"refused|failed"):
            async with adapter.connect(address, client_config(), auth_key=key):
                pass
        async with adapter.serve(dc, *address) as server:
            assert server.address == address
            async with adapter.connect(address, client_config(), auth_key=key) as connection:
                flow.enter_code("22222")
                await connection.run(flow)
                assert flow.state == auth.DONE
                assert connection.auth_key == key

    adapter.run(scenario)


def test_results_have_their_declared_type(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with (
            adapter.serve(data_center()) as server,
            adapter.connect(server.address, client_config()) as connection,
        ):
            settings = types.CodeSettings()
            result = await connection.invoke(functions.auth.SendCode("+9996620000", 1, "x", settings))
            assert_type(result, types.auth.TypeSentCode)
            assert isinstance(result, types.auth.SentCode)

    adapter.run(scenario)


# --- one request among others -----------------------------------------------------------------------------------------


def test_rpc_error_is_raised_with_its_type(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.connect(server.address, client_config()) as connection,
        ):
            with pytest.raises(errors.MethodInvalid) as caught:
                await connection.invoke(FAILS)
            assert caught.value.request == FAILS.NAME
            assert await connection.invoke(ANSWERED) == NEAREST

    adapter.run(scenario)


def test_TL10_wrong_value_is_refused_before_anything_is_sent(adapter: Adapter) -> None:
    async def scenario() -> None:
        dc = ScriptedDataCenter()
        async with adapter.serve(dc) as server, adapter.connect(server.address, client_config()) as connection:
            wrong = functions.auth.SendCode(phone_number=5, api_id=1, api_hash="x", settings=types.CodeSettings())  # type: ignore[arg-type]
            with pytest.raises(EncodeError, match="phone_number"):
                await connection.invoke(wrong)
            assert await connection.invoke(ANSWERED) == NEAREST
        assert dc.received == [ANSWERED.NAME]

    adapter.run(scenario)


def test_TL10_invalid_setting_raises_before_connecting(adapter: Adapter) -> None:
    async def scenario() -> None:
        with pytest.raises(errors.LocalProtocolError, match=r"Config\.device_model"):
            async with adapter.connect(("127.0.0.1", 9), client_config(device_model=5)):
                pass

    adapter.run(scenario)


def test_timeout_cancels_the_request_and_keeps_the_connection_usable(adapter: Adapter) -> None:
    async def scenario() -> None:
        dc = ScriptedDataCenter()
        async with adapter.serve(dc) as server, adapter.connect(server.address, client_config()) as connection:
            with pytest.raises(TimeoutError, match=UNANSWERED.NAME):
                await connection.invoke(UNANSWERED, timeout=SOON)
            assert await connection.invoke(ANSWERED) == NEAREST
        arrived = [name for name in dc.received if name == UNANSWERED.NAME]  # a slow machine may not have sent it
        assert dc.cancelled == arrived

    adapter.run(scenario)


def test_concurrent_requests_get_their_own_answers(adapter: Adapter) -> None:
    async def scenario() -> None:
        dc = ScriptedDataCenter()
        async with adapter.serve(dc) as server, adapter.connect(server.address, client_config()) as connection:

            async def answered() -> None:
                assert await connection.invoke(ANSWERED) == NEAREST

            async def refused() -> None:
                with pytest.raises(errors.MethodInvalid):
                    await connection.invoke(FAILS)

            async def unanswered() -> None:
                with pytest.raises(TimeoutError):
                    await connection.invoke(UNANSWERED, timeout=SOON)

            await adapter.all_of([answered, refused, unanswered] * 20)
        assert (dc.received.count(ANSWERED.NAME), dc.received.count(FAILS.NAME)) == (20, 20)

    adapter.run(scenario)


def test_large_request_is_sent_in_pieces(adapter: Adapter) -> None:
    async def scenario() -> None:
        part = functions.upload.SaveFilePart(file_id=1, file_part=0, bytes=bytes((1 << 20) - 4096))
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.connect(server.address, client_config()) as connection,
        ):
            assert await connection.invoke(part) is True

    adapter.run(scenario)


# --- updates ----------------------------------------------------------------------------------------------------------


def test_updates_come_in_order_and_end_with_the_connection(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with adapter.serve(ScriptedDataCenter()) as server:
            async with adapter.connect(server.address, client_config()) as connection:
                await connection.invoke(PUSHES)
                seen = []
                updates = connection.updates()
                async for update in updates:
                    seen.append(update)
                    if len(seen) == MANY:
                        break
                assert seen == [PUSHED] * MANY
            assert [update async for update in updates] == []

    adapter.run(scenario)


def test_update_caused_by_one_client_reaches_another(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.connect(server.address, client_config()) as one,
            adapter.connect(server.address, client_config()) as other,
        ):
            await one.invoke(ANSWERED)  # so that the server knows its session
            await other.invoke(PUSHES_TO_OTHERS)
            async for update in one.updates():
                assert update == PUSHED
                break

    adapter.run(scenario)


def test_unread_updates_become_updates_too_long(adapter: Adapter) -> None:
    config = client_config(limits=Limits(max_updates=MANY - 1))

    async def scenario() -> None:
        seen: list[TLObject] = []
        async with adapter.serve(ScriptedDataCenter()) as server:
            async with adapter.connect(server.address, config) as connection:
                await connection.invoke(PUSHES)
                updates = connection.updates()
            seen = [update async for update in updates]
        assert seen == [types.UpdatesTooLong()]

    adapter.run(scenario)


def test_updates_raise_the_error_that_ended_the_connection(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.connect(server.address, client_config()) as connection,
        ):
            with pytest.raises(ConnectionLostError):
                await connection.invoke(CLOSES)
            with pytest.raises(ConnectionLostError):
                async for _ in connection.updates():
                    pass

    adapter.run(scenario)


# --- the peer goes wrong ----------------------------------------------------------------------------------------------


def test_TR1_invalid_bytes_in_the_handshake_raise_from_connect(adapter: Adapter) -> None:
    async def scenario() -> None:
        with raw_server(send_invalid_bytes) as address, pytest.raises(RemoteProtocolError) as caught:
            async with adapter.connect(address, client_config()):
                pass
        assert caught.value.check == "TR1"

    adapter.run(scenario)


def test_TR1_invalid_bytes_end_every_pending_and_later_request(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.connect(server.address, client_config()) as connection,
        ):

            async def doomed() -> None:
                with pytest.raises(RemoteProtocolError) as caught:
                    await connection.invoke(UNANSWERED)
                assert caught.value.check == "TR1"

            async def trigger() -> None:
                with pytest.raises(RemoteProtocolError) as caught:
                    await connection.invoke(SENDS_INVALID_BYTES)
                assert caught.value.check == "TR1"

            await adapter.all_of([doomed, trigger])
            with pytest.raises(RemoteProtocolError, match="TR1"):
                await connection.invoke(ANSWERED)

    adapter.run(scenario)


def test_TR10_eof_inside_a_packet_is_raised(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.connect(server.address, client_config()) as connection,
        ):
            with pytest.raises(RemoteProtocolError, match="TR10"):
                await connection.invoke(CLOSES_INSIDE_PACKET)

    adapter.run(scenario)


def test_connection_closed_during_a_request_gives_an_unknown_outcome(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.connect(server.address, client_config()) as connection,
        ):
            with pytest.raises(ConnectionLostError, match="before the answer arrived"):
                await connection.invoke(CLOSES)
            with pytest.raises(ConnectionLostError, match="not sent"):
                await connection.invoke(ANSWERED)

    adapter.run(scenario)


def test_TR1_bytes_after_the_answer_of_a_proxy_are_processed(adapter: Adapter) -> None:
    def answer(peer: socket.socket) -> None:
        peer.recv(65536)
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + INVALID_BYTES)
        stay_silent(peer)

    async def scenario() -> None:
        with raw_server(answer) as (host, port), pytest.raises(RemoteProtocolError, match="TR1"):
            async with adapter.connect(("192.0.2.1", 443), client_config(), proxy=f"http://{host}:{port}", timeout=5):
                pass

    adapter.run(scenario)


def test_connection_closed_in_the_handshake_raises_connection_lost(adapter: Adapter) -> None:
    async def scenario() -> None:
        with raw_server(close_after_first_data) as address, pytest.raises(ConnectionLostError, match="handshake"):
            async with adapter.connect(address, client_config()):
                pass

    adapter.run(scenario)


def test_TR3_unknown_key_raises_transport_error_404(adapter: Adapter) -> None:
    async def scenario() -> None:
        key = AuthKey(bytes(range(256)))
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.connect(server.address, client_config(), auth_key=key) as connection,
        ):
            with pytest.raises(TransportError) as caught:
                await connection.invoke(ANSWERED)
            assert caught.value.code == -404

    adapter.run(scenario)


def test_refused_connection_raises_os_error(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with adapter.serve(ScriptedDataCenter()) as server:
            address = server.address
        with pytest.raises(OSError, match=r"refused|failed"):
            async with adapter.connect(address, client_config()):
                pass

    adapter.run(scenario)


# --- time -------------------------------------------------------------------------------------------------------------


def test_connect_to_a_silent_peer_times_out(adapter: Adapter) -> None:
    async def scenario() -> None:
        with raw_server(stay_silent) as address, pytest.raises(TimeoutError, match=str(address[1])):
            async with adapter.connect(address, client_config(), timeout=SOON):
                pass

    adapter.run(scenario)


def test_HS15_handshake_timeout_raises_from_connect(adapter: Adapter) -> None:
    async def scenario() -> None:
        limits = Limits(handshake_timeout=SOON)
        with raw_server(stay_silent) as address, pytest.raises(RemoteProtocolError, match="HS15"):
            async with adapter.connect(address, client_config(limits=limits)):
                pass

    adapter.run(scenario)


def test_MS25_dead_connection_times_out(adapter: Adapter) -> None:
    async def scenario() -> None:
        limits = Limits(ping_interval=SOON / 2, ping_timeout=SOON)
        key = AuthKey(bytes(range(256)))
        with raw_server(stay_silent) as address, pytest.raises(RemoteProtocolError, match="MS25"):
            async with adapter.connect(address, client_config(limits=limits), auth_key=key) as connection:
                await connection.invoke(ANSWERED)

    adapter.run(scenario)


def test_MS25_connection_with_pings_stays_open(adapter: Adapter) -> None:
    async def scenario() -> None:
        ours = client_config(limits=Limits(ping_interval=SOON / 5, ping_timeout=5))
        async with adapter.serve(ScriptedDataCenter()) as server, adapter.connect(server.address, ours) as connection:
            with pytest.raises(TimeoutError):
                await connection.invoke(UNANSWERED, timeout=2 * SOON)
            assert await connection.invoke(ANSWERED) == NEAREST

    adapter.run(scenario)


# --- leaving ----------------------------------------------------------------------------------------------------------


def test_exception_of_the_body_is_raised_unchanged(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with adapter.serve(ScriptedDataCenter()) as server:
            with pytest.raises(ZeroDivisionError):
                async with adapter.connect(server.address, client_config()):
                    1 / 0  # noqa: B018
        with pytest.raises(ZeroDivisionError):
            async with adapter.serve(ScriptedDataCenter()):
                1 / 0  # noqa: B018

    adapter.run(scenario)


def test_closing_a_connection_ends_pending_requests(adapter: Adapter) -> None:
    async def scenario() -> None:
        connections: list[AnyConnection] = []
        dc = ScriptedDataCenter()

        async def owner() -> None:
            async with adapter.connect(server.address, client_config()) as connection:
                connections.append(connection)
                while UNANSWERED.NAME not in dc.received:
                    await connection.invoke(ANSWERED)

        async def other_caller() -> None:
            while not connections:
                await adapter.sleep(SOON / 10)
            with pytest.raises(ConnectionLostError):
                await connections[0].invoke(UNANSWERED)

        async with adapter.serve(dc) as server:
            await adapter.all_of([owner, other_caller])
            with pytest.raises(errors.LocalProtocolError, match="closed"):
                await connections[0].invoke(ANSWERED)

    adapter.run(scenario)


def test_closing_server_closes_every_connection(adapter: Adapter) -> None:
    async def scenario() -> None:
        addresses: list[tuple[str, int]] = []
        dc = ScriptedDataCenter()

        async def server() -> None:
            async with adapter.serve(dc) as server:
                addresses.append(server.address)
                while dc.received.count(UNANSWERED.NAME) < 2:
                    await adapter.sleep(SOON / 10)

        async def client() -> None:
            while not addresses:
                await adapter.sleep(SOON / 10)
            async with adapter.connect(addresses[0], client_config()) as connection:
                with pytest.raises(ConnectionLostError, match="before the answer arrived"):
                    await connection.invoke(UNANSWERED)

        await adapter.all_of([server, client, client])

    adapter.run(scenario)


def test_peer_that_does_not_close_is_disconnected(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter.close_timeout_module, "CLOSE_TIMEOUT", SOON)
    over = threading.Event()

    def stay(peer: socket.socket) -> None:
        stay_silent(peer)
        over.wait()

    async def scenario() -> None:
        with raw_server(stay) as address:
            async with adapter.connect(address, client_config(), auth_key=AuthKey(bytes(256))):
                pass
            over.set()

    adapter.run(scenario)


@pytest.mark.timeout(20)
def test_closing_sends_the_last_bytes_and_waits_for_the_peer(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        adapter.close_timeout_module, "CLOSE_TIMEOUT", 60.0
    )  # so long that only the good-bye can end it in time
    peer_saw_the_end: list[bool] = []

    def send_after_the_end(peer: socket.socket) -> None:
        stay_silent(peer)
        peer.sendall(bytes(1 << 20))
        peer_saw_the_end.append(True)

    async def scenario() -> None:
        with raw_server(send_after_the_end) as address:
            async with adapter.connect(address, client_config(), auth_key=AuthKey(bytes(256))):
                pass
        assert peer_saw_the_end == [True]

    adapter.run(scenario)


def test_closing_does_not_wait_for_a_peer_that_reads_nothing(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter.close_timeout_module, "CLOSE_TIMEOUT", SOON)
    over = threading.Event()

    async def scenario() -> None:
        part = functions.upload.SaveFilePart(file_id=1, file_part=0, bytes=bytes(15 << 20))
        with raw_server(lambda _: over.wait()) as address:
            large = client_config(limits=Limits(max_client_packet_size=1 << 24))
            async with adapter.connect(address, large, auth_key=AuthKey(bytes(256))) as connection:
                with pytest.raises(TimeoutError):
                    await connection.invoke(part, timeout=SOON)
            over.set()

    adapter.run(scenario)


# --- the server's side ------------------------------------------------------------------------------------------------


def test_invalid_bytes_of_one_client_do_not_affect_another(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.connect(server.address, client_config()) as connection,
        ):
            answers: list[bytes] = []

            def send_invalid_bytes_to_the_server() -> None:
                with socket.create_connection(server.address) as peer:
                    peer.sendall(b"\xee\xee\xee\xee" + INVALID_BYTES)
                    while data := peer.recv(65536):
                        answers.append(data)

            thread = threading.Thread(target=send_invalid_bytes_to_the_server)
            thread.start()
            while thread.is_alive():
                assert await connection.invoke(ANSWERED) == NEAREST
            thread.join()
            assert await connection.invoke(ANSWERED) == NEAREST

    adapter.run(scenario)


def test_serving_on_a_port_in_use_raises_os_error(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with adapter.serve(ScriptedDataCenter()) as server:
            with pytest.raises(OSError, match=r"in use"):
                async with adapter.serve(ScriptedDataCenter(), *server.address):
                    pass

    adapter.run(scenario)
