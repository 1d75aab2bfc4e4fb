"""A proxy that closes or breaks off in the middle: the error names the proxy and the step."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable

import pytest

from sansio_tl.proxy import ProxyError
from tests.helpers.adapters import Adapter, each_adapter
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import ANSWERED, close_after_first_data, raw_server, stay_silent
from tests.transports.proxies import secret
from tests.transports.test_client import settings

NOWHERE = ("127.0.0.1", 9)
STEPS = {"socks5": "SOCKS5 greeting with ", "http": "HTTP CONNECT with ", "mtproxy": "the connection through "}


def reset(peer: socket.socket) -> None:
    """Read the first bytes and reset the connection."""
    peer.recv(1)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def proxy_link(kind: str, port: int) -> str:
    if kind == "mtproxy":
        return f"tg://proxy?server=127.0.0.1&port={port}&secret={secret('dd')}"
    return f"{kind}://u:sesame@127.0.0.1:{port}"


@each_adapter
@pytest.mark.parametrize("kind", STEPS)
@pytest.mark.parametrize("behaviour", [close_after_first_data, reset], ids=["closes", "resets"])
def test_connect_error_names_the_broken_proxy_and_the_step(
    adapter: Adapter, kind: str, behaviour: Callable[[socket.socket], None]
) -> None:
    async def scenario() -> None:
        with raw_server(behaviour) as (_, port), pytest.raises((OSError, ProxyError)) as failure:
            async with adapter.connect(NOWHERE, client_config(), proxy=proxy_link(kind, port)):
                pass
        reported = str(failure.value)
        assert reported.startswith(f"{STEPS[kind]}Proxy({kind}://***@127.0.0.1:{port})")
        assert ("reset by peer" in reported) is (behaviour is reset)
        assert "sesame" not in reported

    adapter.run(scenario)


@each_adapter
@pytest.mark.parametrize("kind", STEPS)
@pytest.mark.parametrize("behaviour", [close_after_first_data, reset], ids=["closes", "resets"])
def test_client_timeout_names_the_broken_proxy(
    adapter: Adapter, kind: str, behaviour: Callable[[socket.socket], None]
) -> None:
    async def scenario() -> None:
        reported = ""
        with raw_server(behaviour) as (_, port):
            async with adapter.open_client(settings(NOWHERE), proxy=proxy_link(kind, port)) as account:
                while "Proxy(" not in reported:
                    with pytest.raises(TimeoutError) as failure:
                        await account.invoke(ANSWERED, timeout=0.2)
                    reported = str(failure.value)
            assert f"{STEPS[kind]}Proxy({kind}://***@127.0.0.1:{port})" in reported

    adapter.run(scenario)


@each_adapter
def test_connect_timeout_names_the_silent_proxy(adapter: Adapter) -> None:
    async def scenario() -> None:
        with raw_server(stay_silent) as (_, port), pytest.raises(TimeoutError, match=r"through Proxy\(socks5://"):
            async with adapter.connect(NOWHERE, client_config(), proxy=proxy_link("socks5", port), timeout=0.2):
                pass

    adapter.run(scenario)
