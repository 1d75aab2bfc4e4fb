"""A WEB proxy with every adapter: our client, our relay and a data center, over real sockets and TLS."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from sansio_tl import ClientConfig, Endpoint, functions
from sansio_tl.client import ConnectionLost
from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import ProxySecret
from sansio_tl.proxy import ProxyError, WebAddress
from sansio_tl.proxy.web_relay import WebRelay, WebRelayConfig, WebRelayConnection
from sansio_tl.proxy.web_site import Page, Site
from sansio_tl.testing import DataCenter, DataCenterConfig
from sansio_tl_transports import sync
from sansio_tl_transports.web_proxy import serve_web_proxy
from tests.helpers.adapters import Adapter, each_adapter
from tests.helpers.connected_pair import client_config
from tests.helpers.rsa_key import rsa_key
from tests.helpers.scripted_data_center import ANSWERED, NEAREST, ScriptedDataCenter
from tests.transports.certificates import contexts
from tests.transports.proxies import free_port, mtproxy, secret
from tests.transports.web_relay_thread import web_relay

SECRET = secret("dd")
each_carrier = pytest.mark.parametrize("web_socket", [True, False], ids=["websocket", "polling"])


@pytest.fixture(scope="module")
def data_center() -> Iterator[tuple[str, int]]:
    config = DataCenterConfig(
        private_key=rsa_key(), proxy_secrets=(ProxySecret.parse(SECRET),), require_proxy_secret=True
    )
    with sync.serve(DataCenter(config, entropy=os.urandom, now=time.time())) as server:
        yield server.address


@each_adapter
@each_carrier
def test_small_and_large_requests_pass(adapter: Adapter, *, web_socket: bool) -> None:
    part = functions.upload.SaveFilePart(file_id=1, file_part=0, bytes=os.urandom(1 << 19))

    async def scenario() -> None:
        async with adapter.serve(ScriptedDataCenter()) as server:
            with (
                mtproxy(server.address[1]) as port,
                web_relay(port, SECRET, web_socket=web_socket) as proxy,
            ):
                async with adapter.connect(
                    server.address, client_config(), proxy=proxy, tls=contexts()[1], timeout=30
                ) as connection:
                    for _ in range(10):
                        assert await connection.invoke(ANSWERED, timeout=20) == NEAREST
                    for _ in range(4):
                        assert await connection.invoke(part, timeout=30) is True

    adapter.run(scenario)


@contextmanager
def cutting(port: int, *, after: int) -> Iterator[tuple[int, list[socket.socket]]]:
    """A forwarder of TCP connections that ends each after so many bytes of the client; and the sockets of clients."""
    listener = socket.create_server(("127.0.0.1", 0))
    clients: list[socket.socket] = []

    def forward(source: socket.socket, sink: socket.socket, most: float) -> None:
        passed = 0
        with suppress(OSError):
            while passed <= most and (data := source.recv(65536)):
                sink.sendall(data)
                passed += len(data)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def serve_one(client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", port)) as server:
            back = threading.Thread(target=forward, args=(server, client, float("inf")), daemon=True)
            back.start()
            forward(client, server, after)
            back.join()

    def accept() -> None:
        with suppress(OSError):
            while True:
                clients.append(listener.accept()[0])
                threading.Thread(target=serve_one, args=(clients[-1],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    with listener:
        yield listener.getsockname()[1], clients
        listener.shutdown(socket.SHUT_RDWR)


@each_adapter
def test_polling_continues_over_other_connections(adapter: Adapter, data_center: tuple[str, int]) -> None:
    """A server before the relay ends every connection after a few requests: the session goes on."""

    async def scenario() -> None:
        with (
            web_relay(data_center[1], SECRET, web_socket=False) as proxy,
            cutting(proxy.port, after=6000) as (port, connections),
        ):
            cut = replace(proxy, port=port)
            async with adapter.connect(
                data_center, client_config(), proxy=cut, tls=contexts()[1], timeout=40
            ) as connection:
                key = connection.auth_key
                while len(connections) < 5:
                    await connection.invoke(ANSWERED, timeout=30)
                assert connection.auth_key is key

    adapter.run(scenario)


@contextmanager
def noise_first(port: int) -> Iterator[int]:
    """A target whose first connection sends three megabytes of noise; the others lead to this port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def copy(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def serve_one(client: socket.socket, *, noise: bool) -> None:
        with client, suppress(OSError):
            if noise:
                client.recv(1000)
                client.sendall(os.urandom(3 << 20))
                while client.recv(1000):
                    pass
                return
            with socket.create_connection(("127.0.0.1", port)) as server:
                threading.Thread(target=copy, args=(server, client), daemon=True).start()
                copy(client, server)

    def accept() -> None:
        with suppress(OSError):
            for number in count():
                client = listener.accept()[0]
                threading.Thread(target=serve_one, args=(client,), kwargs={"noise": number == 0}, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    with listener:
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@each_adapter
@each_carrier
def test_noise_of_the_target_ends_its_connection_and_the_client_connects_again(
    adapter: Adapter, data_center: tuple[str, int], *, web_socket: bool
) -> None:
    lost: list[object] = []

    async def scenario() -> None:
        with noise_first(data_center[1]) as port, web_relay(port, SECRET, web_socket=web_socket) as proxy:
            config = ClientConfig(
                connection_config=client_config(), endpoints={2: (Endpoint(*data_center),)}, unreachable_timeout=30
            )
            async with adapter.open_client(config, proxy=proxy, tls=contexts()[1], on_event=lost.append) as client:
                answer = await client.invoke(functions.help.GetNearestDc(), timeout=30)
                assert answer.this_dc == 2

    adapter.run(scenario)
    assert any(isinstance(event, ConnectionLost) for event in lost)


@each_adapter
def test_wrong_secret_is_an_error_with_the_step_and_the_reason(adapter: Adapter, data_center: tuple[str, int]) -> None:
    async def scenario() -> None:
        with web_relay(data_center[1], SECRET, web_socket=True) as proxy:
            wrong = replace(proxy, secret=ProxySecret.parse("00" * 16))
            with pytest.raises(ProxyError, match="WEB proxy session with .*no relay answers here") as caught:
                async with adapter.connect(data_center, client_config(), proxy=wrong, tls=contexts()[1]):
                    pass
            assert "00" * 16 not in str(caught.value)
            with pytest.raises(sync.ConnectError, match=r"TLS with localhost port .*certificate"):
                async with adapter.connect(data_center, client_config(), proxy=proxy):
                    pass

    adapter.run(scenario)


@each_adapter
@each_carrier
def test_unreachable_target_ends_the_stream(adapter: Adapter, *, web_socket: bool) -> None:
    async def scenario() -> None:
        with web_relay(free_port(), SECRET, web_socket=web_socket) as proxy:
            options = {"tls": contexts()[1], "timeout": 20, "proxy": proxy}
            await _fails(adapter, options)

    adapter.run(scenario)


async def _fails(adapter: Adapter, options: dict[str, Any]) -> None:
    with pytest.raises(ConnectionError, match="the relay closed the stream"):
        async with adapter.connect(("127.0.0.1", 1), client_config(), **options):
            pass


def test_relay_refuses_an_invalid_target() -> None:
    async def scenario() -> None:
        config = WebRelayConfig(address=WebAddress("localhost"), secret=ProxySecret.parse(SECRET))
        async with serve_web_proxy(config, ("", 0)):
            pass

    with pytest.raises(LocalProtocolError):
        asyncio.run(scenario())


def test_bug_while_an_answer_is_made_ends_its_connection_and_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(connection: WebRelayConnection, *, now: float) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr(WebRelayConnection, "data_to_send", fail)
    bugs: list[Exception] = []

    async def scenario() -> None:
        config = WebRelayConfig(address=WebAddress("localhost", "blog"), secret=ProxySecret.parse(SECRET))
        async with serve_web_proxy(config, ("127.0.0.1", 9), on_error=bugs.append) as server:
            reader, writer = await asyncio.open_connection(*server.address)
            assert await asyncio.wait_for(reader.read(), 20) == b""
            writer.close()

    asyncio.run(scenario())
    assert [type(bug) for bug in bugs] == [ZeroDivisionError]


def relay_config() -> WebRelayConfig:
    return WebRelayConfig(address=WebAddress("localhost", "blog"), secret=ProxySecret.parse(SECRET))


@pytest.mark.parametrize("where", [(WebRelayConnection, "receive_data"), (WebRelay, "next_event")])
def test_bug_while_a_request_is_read_closes_its_connection_at_once(
    where: tuple[Any, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bugs: list[Exception] = []

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    async def scenario() -> None:
        async with serve_web_proxy(relay_config(), ("127.0.0.1", 9), on_error=bugs.append) as server:
            reader, writer = await asyncio.open_connection(*server.address)
            writer.write(b"GET /blog/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert await asyncio.wait_for(reader.read(1), 20)
            with monkeypatch.context() as patch:
                patch.setattr(*where, fail)
                writer.write(b"GET /blog/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
                while await asyncio.wait_for(reader.read(1000), 5):  # less than `request_timeout`
                    pass
            writer.close()

    asyncio.run(scenario())
    assert {type(bug) for bug in bugs} == {ZeroDivisionError}


@pytest.mark.parametrize("reads", [True, False])
def test_relay_leaves_no_client_behind(*, reads: bool) -> None:
    """Neither a waiting client nor one that does not read delays the end, and none is reported as a bug."""
    errors: list[object] = []
    site = Site(pages={"/": Page(bytes(16 << 20))})

    async def scenario() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
        async with serve_web_proxy(replace(relay_config(), site=site), ("127.0.0.1", 9)) as server:
            reader, writer = await asyncio.open_connection(*server.address)
            if not reads:
                writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await asyncio.sleep(0.2)
            _, late = await asyncio.open_connection(*server.address)
            begin = time.monotonic()
        assert time.monotonic() - begin < 5
        assert asyncio.all_tasks() == {asyncio.current_task()}
        with suppress(ConnectionError):
            while await asyncio.wait_for(reader.read(1 << 20), 5):
                pass
        writer.close()
        late.close()
        await asyncio.sleep(0)

    asyncio.run(scenario())
    assert errors == []
