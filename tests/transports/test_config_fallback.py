"""The fallback to help.configSimple in every adapter: a blocked address, a resolver, and another address."""

from __future__ import annotations

import http.server
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sansio_tl import ClientConfig, Endpoint, functions
from sansio_tl.client import ConfigFallback, ConfigFetched, FetchConfig
from sansio_tl.client.simple_config import MAX_ANSWER
from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import ProxySecret
from sansio_tl.testing import DataCenter, DataCenterConfig
from sansio_tl_transports import sync
from sansio_tl_transports._shared.config_fetch import ConfigFetch, require_h11
from sansio_tl_transports._shared.connect_options import ConnectOptions
from tests.client.test_simple_config import address, dns_answer, encoded, rule, simple_config
from tests.helpers.adapters import Adapter, each_adapter
from tests.helpers.connected_pair import client_config
from tests.helpers.entropy import SeededEntropy
from tests.helpers.rsa_key import rsa_key
from tests.helpers.scripted_data_center import ANSWERED, NEAREST, ScriptedDataCenter
from tests.transports.certificates import contexts, pems
from tests.transports.proxies import secret

SECRET = secret("dd")


class Resolver:
    """DNS over HTTPS on loopback, with the certificate of the tests."""

    def __init__(self, answer: bytes, *, status: int = 200) -> None:
        self.requests: list[tuple[str, str | None]] = []
        resolver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                resolver.requests.append((self.path, self.headers["Accept"]))
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.socket = contexts()[0].wrap_socket(self._server.socket, server_side=True)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._server.server_address[1]}/resolve"

    @contextmanager
    def running(self) -> Iterator[Resolver]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join(10)


@pytest.fixture(autouse=True)
def _trust(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The certificate of the tests is one of the system's."""
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    file.write_bytes(pems()[0])
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


@contextmanager
def silent_port() -> Iterator[int]:
    """An address where connections are opened and nothing answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def published(port: int, secret: bytes | None = None) -> bytes:
    now = int(time.time())
    config = simple_config(rule(address("127.0.0.1", port, secret)), date=now, expires=now + 600)
    return dns_answer(encoded(config))


def settings(blocked: int, resolver: str, **more: Any) -> ClientConfig:
    fallback = ConfigFallback(
        delay=0.2, resolvers=(resolver,), public_key=rsa_key().public_key, retry_initial=0.2, domain="config.example"
    )
    endpoints = {2: (Endpoint("127.0.0.1", blocked),)}
    return ClientConfig(connection_config=client_config(), endpoints=endpoints, config_fallback=fallback, **more)


@each_adapter
def test_request_is_answered_at_an_address_of_the_config(adapter: Adapter) -> None:
    async def scenario() -> None:
        seen: list[Any] = []
        async with adapter.serve(ScriptedDataCenter()) as server:
            with silent_port() as blocked, Resolver(published(server.address[1])).running() as resolver:
                config = settings(blocked, resolver.url, connect_timeout=1.0, backoff_max=0.2)
                async with adapter.open_client(config, on_event=seen.append) as client:
                    assert await client.invoke(ANSWERED, timeout=30) == NEAREST
                assert resolver.requests == [("/resolve?name=config.example&type=TXT", "application/dns-json")]
        assert [event for event in seen if isinstance(event, ConfigFetched)] == [
            ConfigFetched(f"{resolver.url}?name=config.example&type=TXT", None)
        ]

    adapter.run(scenario)


def test_address_with_a_secret_is_connected_to_as_an_mtproxy() -> None:
    key = ProxySecret.parse(SECRET)
    config = DataCenterConfig(private_key=rsa_key(), proxy_secrets=(key,), require_proxy_secret=True)
    data_center = DataCenter(config, entropy=SeededEntropy("data center"), now=time.time())
    with sync.serve(data_center) as server, silent_port() as blocked:
        answer = published(server.address[1], bytes.fromhex(SECRET))
        with (
            Resolver(answer).running() as resolver,
            sync.open_client(settings(blocked, resolver.url)) as client,
        ):
            assert client.invoke(functions.help.GetNearestDc(), timeout=30).this_dc == 2


def test_resolver_that_fails_is_reported_and_asked_again() -> None:
    seen: list[Any] = []
    with silent_port() as blocked, Resolver(b"sorry", status=500).running() as resolver:
        opening = sync.open_client(settings(blocked, resolver.url), on_event=seen.append)
        with opening as client, pytest.raises(TimeoutError):
            client.invoke(ANSWERED, timeout=3)
        assert len(resolver.requests) >= 2
    errors = [event.error for event in seen if isinstance(event, ConfigFetched)]
    assert errors[0] == "the server returned status 500"


def test_resolver_with_an_unknown_certificate_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    seen: list[Any] = []
    with silent_port() as blocked, Resolver(b"").running() as resolver:
        opening = sync.open_client(settings(blocked, resolver.url), on_event=seen.append)
        with opening as client, pytest.raises(TimeoutError):
            client.invoke(ANSWERED, timeout=2)
        assert resolver.requests == []
    assert "certificate" in str(next(event.error for event in seen if isinstance(event, ConfigFetched)))


def test_client_closes_during_a_fetch() -> None:
    with silent_port() as blocked, silent_port() as resolver:
        config = settings(blocked, f"https://127.0.0.1:{resolver}/resolve")
        begun = time.monotonic()
        with sync.open_client(config) as client, pytest.raises(TimeoutError):
            client.invoke(ANSWERED, timeout=1)
        assert time.monotonic() - begun < 15


@pytest.mark.parametrize(
    "options",
    [
        {"proxy": f"tg://proxy?server=proxy.example&port=443&secret={SECRET}"},
        {"proxy": f"tg://webproxy?server=www.example.org&secret={SECRET}"},
        {"tls": True},
        {"framing": "http"},
        {"framing": "websocket"},
    ],
)
def test_addresses_need_connections_over_tcp(options: dict[str, Any]) -> None:
    config = settings(1, "https://127.0.0.1/resolve")
    with pytest.raises(LocalProtocolError, match="config_fallback cannot be used with an MTProxy"):
        sync.open_client(config, **options).__enter__()
    secret = Endpoint("127.0.0.1", 1, secret=ProxySecret.parse(SECRET))
    config = ClientConfig(connection_config=client_config(), endpoints={2: (secret,)})
    with pytest.raises(LocalProtocolError, match="an Endpoint with a secret cannot be used with an MTProxy"):
        sync.open_client(config, **options).__enter__()


def test_resolver_is_connected_to_through_the_proxy() -> None:
    options = ConnectOptions(proxy="socks5://proxy.example:1080", clock=time.time)
    attempt = options.fetch_attempt(("dns.example", 443))
    assert (attempt.host, attempt.port, attempt.target) == ("proxy.example", 1080, ("dns.example", 443))
    assert (attempt.tls_host, attempt.tls is not None) == ("dns.example", True)
    options = ConnectOptions(clock=time.time)
    assert options.fetch_attempt(("dns.example", 443)).host == "dns.example"


# -- one fetch ---------------------------------------------------------------------------------------------------------


def fetch(response: bytes, size: int, *, end: bool = True) -> list[bytes | str]:
    """The outcome for a response that arrives in pieces of this size."""
    outcomes: list[bytes | str] = []
    one = ConfigFetch(FetchConfig(1, "https://dns.example:8443/resolve?name=a.b&type=TXT"), outcomes.append)
    assert one.address == ("dns.example", 8443)
    request = one.data_to_send(now=0)
    assert request.startswith(b"GET /resolve?name=a.b&type=TXT HTTP/1.1\r\n")
    assert b"host: dns.example:8443\r\n" in request.lower()
    assert b"accept: application/dns-json\r\n" in request.lower()
    assert one.data_to_send(now=0) == b""
    for at in range(0, len(response), size):
        one.receive_data(response[at : at + size], now=0)
    if end:
        one.receive_data(b"", now=0)
    one.close(now=0)
    assert one.closed
    return outcomes


@pytest.mark.parametrize("size", [1, 7, 1 << 16])
@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{} rest", b"{} "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", b"{}"),
        (b"HTTP/1.1 200 OK\r\n\r\n{}", b"{}"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", "the server returned status 302"),
        (b"", "the server closed the connection|TR10"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "TR10"),
        (b"no HTTP\r\n\r\n", "TR11"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MAX_ANSWER + 1), "TR1: "),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (MAX_ANSWER + 1), "TR1: "),
    ],
)
def test_outcome_does_not_depend_on_the_fragmentation(response: bytes, outcome: bytes | str, size: int) -> None:
    (found,) = fetch(response, size)
    if isinstance(outcome, bytes):
        assert found == outcome
    else:
        assert isinstance(found, str)
        assert re.search(outcome, found)


def test_fetch_that_is_closed_before_its_end_has_failed() -> None:
    assert fetch(b"HTTP/1.1 200 OK\r\n", 99, end=False) == ["the connection was closed"]


def test_missing_library_of_the_fallback_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    require_h11()
    monkeypatch.setitem(sys.modules, "sansio_tl.framing.http11", None)
    with pytest.raises(LocalProtocolError, match=r"^config_fallback: .*sansio_tl\.framing\.http11"):
        require_h11()
