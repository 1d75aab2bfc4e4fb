"""A whole login in every adapter, in every framing, on every proxy, through proxies that we did not write.

A short form runs with the other tests: each proxy and each framing once. `make test-proxies` runs all of it and writes
docs/proxies.json.
"""

from __future__ import annotations

import base64
import json
import os
import ssl
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from itertools import cycle
from pathlib import Path

import pytest

from sansio_tl import auth, functions
from sansio_tl.errors import RemoteProtocolError, TransportError
from sansio_tl.framing import FRAMINGS, HELLO_PROFILES
from sansio_tl.proxy import Proxy, ProxyError
from sansio_tl.testing import CodeSent, DataCenter, DataCenterConfig
from sansio_tl_transports import sync
from tests.helpers.adapters import ADAPTERS, Adapter, each_adapter
from tests.helpers.connected_pair import client_config
from tests.helpers.rsa_key import rsa_key
from tests.helpers.scripted_data_center import ANSWERED, NEAREST, ScriptedDataCenter
from tests.transports.certificates import contexts
from tests.transports.mtg import mtg
from tests.transports.nginx import Front, nginx
from tests.transports.proxies import free_port, mtproxy, pproxy, secret
from tests.transports.test_client import settings
from tests.transports.web_relay_thread import web_relay

LOGIN = "someone:sesame"
NUMBER = "+12025550100"
SANDBOX = "9996620000"
WSS = "websocket in TLS"
HTTPS = "http in TLS"
PROXIES = ("direct", "SOCKS5", "HTTP CONNECT")
MTPROXIES = {
    "MTProxy, plain": ("obfuscated", "obfuscated abridged", "obfuscated padded"),
    "MTProxy, dd": ("obfuscated padded",),
    "MTProxy, ee, short hello": ("obfuscated padded",),
    "mtg, ee": ("obfuscated padded",),
    "mtg, ee, short hello": ("obfuscated padded",),
}
"""MTProxy is mtprotoproxy 1.0.6 of 2019, which accepts no other ClientHello."""
WEB_PROXIES = {
    "WEB proxy, WebSocket": ("obfuscated", "obfuscated abridged", "obfuscated padded"),
    "WEB proxy, polling": ("obfuscated", "obfuscated padded"),
    "WEB proxy, dd": ("obfuscated padded",),
}
"""The relay is ours, before mtprotoproxy; the last one is at the root of its site."""
SHORT_HELLO = ", short hello"
NGINX = "nginx"
MtProxyProgram = Callable[[int], AbstractContextManager[int]]
"""Starts an MTProxy before the data center at a port; its own port."""
INSTALLED = ("nginx", "mtg")
"""What is there only after `make test-proxies`."""


@dataclass
class Place:
    """A data center that is running, and the ways to it."""

    address: tuple[str, int]
    tls_address: tuple[str, int]
    proxies: dict[str, str | Proxy | None]
    codes: dict[str, str] = field(default_factory=dict)
    front: Front | None = None
    """nginx, where it is needed."""

    def address_for(self, proxy_url: str, *, secure: bool) -> tuple[str, int]:
        """Where to knock."""
        if proxy_url == NGINX:
            assert self.front is not None
            return self.front.tls_address if secure else self.front.address
        return self.tls_address if secure else self.address


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    data_center = DataCenter(DataCenterConfig(private_key=rsa_key()), entropy=os.urandom, now=time.time())
    data_center.add_account(NUMBER)
    codes: dict[str, str] = {}

    def report(event: object) -> None:
        if isinstance(event, CodeSent):
            codes[event.phone_number] = event.code

    with (
        sync.serve(data_center, on_event=report, tls=contexts()[0]) as server,
        pproxy("socks5", LOGIN) as socks,
        pproxy("http", LOGIN) as http,
        mtproxy(server.address[1]) as port,
        ExitStack() as stack,
    ):
        assert server.tls_address is not None
        connections: dict[str, str | Proxy | None] = {
            f"MTProxy, {kind}": mtproxy_link(port, kind) for kind in ("plain", "dd", "ee")
        }
        connections[f"MTProxy, ee{SHORT_HELLO}"] = with_short_hello(mtproxy_link(port, "ee"))
        connections["WEB proxy, WebSocket"] = stack.enter_context(web_relay(port, secret("plain"), web_socket=True))
        connections["WEB proxy, polling"] = stack.enter_context(web_relay(port, secret("plain"), web_socket=False))
        connections["WEB proxy, dd"] = stack.enter_context(web_relay(port, secret("dd"), web_socket=True, path=""))
        proxies = {
            "SOCKS5": socks.format(login=f"{LOGIN}@"),
            "HTTP CONNECT": http.format(login=f"{LOGIN}@"),
            **connections,
        }
        yield Place(server.address, server.tls_address, {"direct": None, **proxies}, codes)


@pytest.fixture(scope="module")
def behind_nginx(place: Place) -> Iterator[None]:
    with nginx(place.address[1]) as front:
        place.front = front
        yield


@pytest.fixture(scope="module")
def behind_mtg(place: Place) -> Iterator[None]:
    with mtg(place.address[1]) as port:
        place.proxies["mtg, ee"] = mtproxy_link(port, "ee")
        place.proxies[f"mtg, ee{SHORT_HELLO}"] = with_short_hello(mtproxy_link(port, "ee"))
        yield


def mtproxy_link(port: int, kind: str) -> str:
    return f"tg://proxy?server=127.0.0.1&port={port}&secret={secret(kind)}"


def with_short_hello(link: str) -> Proxy:
    return replace(Proxy.parse(link), tls_hello=HELLO_PROFILES["short"])


def combinations() -> Iterator[tuple[str, str]]:
    """ProxyHandshake and framing."""
    for proxy_url in PROXIES:
        for framing in (*FRAMINGS, WSS):
            yield proxy_url, framing
    for proxy_url, framings in (MTPROXIES | WEB_PROXIES).items():
        for framing in framings:
            yield proxy_url, framing
    for framing in ("http", HTTPS, "websocket", WSS):
        yield NGINX, framing


def runs() -> Iterator[object]:
    """Every combination in every adapter; those of the short form are not marked."""
    adapters = cycle(ADAPTERS)
    shown: set[str] = set()
    for proxy_url, framing in combinations():
        installed = proxy_url.startswith(INSTALLED)
        short = next(adapters) if not installed and not {proxy_url, framing} <= shown else None
        shown |= {proxy_url, framing}
        for adapter in ADAPTERS:
            name = f"{type(adapter).__name__.lower()}-{proxy_url}-{framing}".replace(", ", "-").replace(" ", "-")
            yield pytest.param(
                adapter, proxy_url, framing, id=name, marks=() if adapter is short else pytest.mark.proxies
            )


@pytest.fixture(scope="module")
def results() -> Iterator[dict[str, dict[str, dict[str, bool]]]]:
    """Proxy -> framing -> adapter -> whether it worked; kept in the file that the variable PROXIES names."""
    rows: dict[str, dict[str, dict[str, bool]]] = defaultdict(lambda: defaultdict(dict))
    yield rows
    if prompt := os.environ.get("PROXIES"):
        Path(prompt).write_text(json.dumps(rows, indent=2) + "\n")


@pytest.mark.parametrize(("adapter", "proxy_url", "framing"), list(runs()))
def test_login_succeeds_through_each_proxy_framing_and_adapter(
    adapter: Adapter,
    proxy_url: str,
    framing: str,
    place: Place,
    results: dict[str, dict[str, dict[str, bool]]],
    request: pytest.FixtureRequest,
) -> None:
    if proxy_url.startswith(INSTALLED):
        request.getfixturevalue("behind_nginx" if proxy_url == NGINX else "behind_mtg")
    row = results[proxy_url][framing]
    row[type(adapter).__name__.lower()] = False
    bare = framing.removesuffix(" in TLS")
    secure = bare != framing
    options = {
        "framing": bare,
        "proxy": place.proxies.get(proxy_url),
        "tls": contexts()[1] if secure or proxy_url in WEB_PROXIES else False,
    }
    address = place.address_for(proxy_url, secure=secure)

    async def scenario() -> None:
        async with adapter.open_client(settings(address), **options) as account:
            user = await account.login(NUMBER, api_hash="x", code=lambda prompt: place.codes[NUMBER[1:]])
            assert user.id == account.user_id
            await account.invoke(functions.auth.LogOut(), timeout=20)
        async with adapter.connect(address, client_config(), **options) as connection:
            flow = auth.log_in(NUMBER, api_id=1, api_hash="x")
            await connection.run(flow)
            flow.enter_code(place.codes[NUMBER[1:]])
            await connection.run(flow)
            assert flow.result.user.id == user.id
            await connection.invoke(functions.auth.LogOut(), timeout=20)

    adapter.run(scenario)
    row[type(adapter).__name__.lower()] = True


# --- over HTTP --------------------------------------------------------------------------------------------------------


@each_adapter
def test_http_request_does_not_wait_for_the_long_poll(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.open_client(settings(server.address), framing="http") as account,
            adapter.connect(server.address, client_config(), framing="http") as connection,
        ):
            for asked in (account, connection):
                await asked.invoke(ANSWERED)
                await adapter.sleep(0.3)
                began = time.monotonic()
                assert await asked.invoke(ANSWERED, timeout=20) == NEAREST
                assert time.monotonic() - began < 5, "a poll takes 15 s"

    adapter.run(scenario)


@pytest.mark.proxies
@pytest.mark.parametrize("keepalive", [False, True])
@each_adapter
def test_http_updates_through_nginx_arrive_at_once(adapter: Adapter, *, keepalive: bool) -> None:
    """nginx opens a connection for each request, or sends those of several clients over the same."""
    data_center = DataCenter(DataCenterConfig(private_key=rsa_key()), entropy=os.urandom, now=time.time())

    async def scenario() -> None:
        async with adapter.serve(data_center) as server:
            with nginx(server.address[1], keepalive=keepalive) as front:
                async with (
                    adapter.open_client(settings(front.address), framing="http") as one,
                    adapter.open_client(settings(front.address), framing="http") as other,
                ):
                    await one.login(SANDBOX, api_hash="x", code=lambda _: "22222")
                    connections: list[str] = []

                    async def show() -> None:
                        user = await other.login(api_hash="x", show_qr=lambda prompt: connections.append(prompt.link))
                        assert user.id == one.user_id

                    async def scan() -> None:
                        while not connections:
                            await adapter.sleep(0.05)
                        token = base64.urlsafe_b64decode(connections[0].partition("token=")[2] + "==")
                        await one.invoke(functions.auth.AcceptLoginToken(token), timeout=20)

                    began = time.monotonic()
                    await adapter.all_of([show, scan])
                    assert time.monotonic() - began < 8, "a poll takes 15 s"

    adapter.run(scenario)


# --- proxies that lead nowhere ----------------------------------------------------------------------------------------


@each_adapter
@pytest.mark.parametrize("scheme", ["socks5", "http"])
def test_unreachable_proxy_is_named(adapter: Adapter, scheme: str) -> None:
    proxy = f"{scheme}://u:sesame@127.0.0.1:{free_port()}"

    async def scenario() -> None:
        with pytest.raises(
            adapter.module.ConnectError, match=rf"connecting to Proxy\({scheme}.*refused|failed"
        ) as failure:
            async with adapter.connect(("127.0.0.1", 1), client_config(), proxy=proxy):
                pass
        assert "sesame" not in str(failure.value)

    adapter.run(scenario)


@each_adapter
def test_refusing_proxy_is_reported_with_the_step(adapter: Adapter, place: Place) -> None:
    wrong = str(place.proxies["SOCKS5"]).replace("sesame", "mellon")

    async def scenario() -> None:
        with pytest.raises(ProxyError, match="SOCKS5 authentication"):
            async with adapter.connect(place.address, client_config(), proxy=wrong):
                pass
        async with adapter.open_client(settings(place.address), proxy=wrong) as account:
            reported = ""
            for _ in range(20):  # until it has been connected
                with pytest.raises(TimeoutError) as failure:
                    await account.invoke(ANSWERED, timeout=0.5)
                reported = str(failure.value)
                if "data center" in reported:
                    break
            assert "SOCKS5 authentication" in reported

    adapter.run(scenario)


@each_adapter
def test_http_proxy_that_requires_credentials_is_an_error_without_them(adapter: Adapter, place: Place) -> None:
    without_credentials = str(place.proxies["HTTP CONNECT"]).replace(f"{LOGIN}@", "")

    async def scenario() -> None:
        with pytest.raises(ProxyError, match=r"HTTP CONNECT"):
            async with adapter.connect(place.address, client_config(), proxy=without_credentials):
                pass

    adapter.run(scenario)


@each_adapter
def test_untrusted_certificate_is_a_connect_error(adapter: Adapter, place: Place) -> None:
    async def scenario() -> None:
        with pytest.raises(adapter.module.ConnectError, match="TLS with 127.0.0.1 port .*invalid certificate"):
            async with adapter.connect(place.tls_address, client_config(), framing="websocket", tls=True):
                pass

    adapter.run(scenario)


@each_adapter
def test_tls_to_a_server_without_tls_is_a_connect_error(adapter: Adapter, place: Place) -> None:
    async def scenario() -> None:
        with pytest.raises(adapter.module.ConnectError, match="TLS with"):
            async with adapter.connect(place.address, client_config(), tls=contexts()[1]):
                pass

    adapter.run(scenario)


@each_adapter
def test_mtproxy_with_another_secret_is_an_error(adapter: Adapter, place: Place) -> None:
    wrong = str(place.proxies["MTProxy, plain"]).replace("secret=01", "secret=02")

    async def scenario() -> None:
        with pytest.raises((OSError, TransportError, ssl.SSLError)):
            async with adapter.connect(place.address, client_config(), proxy=wrong, timeout=1):
                pass

    adapter.run(scenario)


@each_adapter
def test_proxy_of_2019_does_not_answer_the_hello_of_a_present_browser(adapter: Adapter, place: Place) -> None:
    """The attempt ends in time, and is not repeated with another hello."""

    async def scenario() -> None:
        with pytest.raises((OSError, RemoteProtocolError)):
            async with adapter.connect(place.address, client_config(), proxy=place.proxies["MTProxy, ee"], timeout=2):
                pass

    adapter.run(scenario)


@pytest.mark.proxies
@each_adapter
def test_mtg_with_another_secret_is_an_error(adapter: Adapter, place: Place, behind_mtg: None) -> None:
    wrong = str(place.proxies["mtg, ee"]).replace("secret=ee01", "secret=ee02")

    async def scenario() -> None:
        with pytest.raises(RemoteProtocolError, match="the proxy ended the connection without an answer"):
            async with adapter.connect(place.address, client_config(), proxy=wrong, timeout=20):
                pass

    adapter.run(scenario)


@pytest.mark.proxies
@pytest.mark.parametrize("program", [mtproxy, mtg], ids=["mtprotoproxy", "mtg"])
@each_adapter
def test_request_in_full_records_passes_through_fake_tls(adapter: Adapter, program: MtProxyProgram) -> None:
    part = functions.upload.SaveFilePart(file_id=1, file_part=0, bytes=os.urandom(1 << 19))
    full = HELLO_PROFILES["browser"].max_record

    async def scenario() -> None:
        async with adapter.serve(ScriptedDataCenter()) as server:
            with program(server.address[1]) as port:
                proxy = Proxy.parse(mtproxy_link(port, "ee"))
                if program is mtproxy:
                    proxy = replace(proxy, tls_hello=replace(HELLO_PROFILES["short"], max_record=full))
                async with adapter.connect(server.address, client_config(), proxy=proxy) as connection:
                    assert await connection.invoke(part, timeout=30) is True

    adapter.run(scenario)
