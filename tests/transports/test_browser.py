"""A page in a browser reaches the data center: Chromium's own WebSocket, fetch and WebCrypto, no code of ours."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sansio_tl import KeyStore
from sansio_tl.crypto.factorization import factorize
from sansio_tl.testing import DataCenter, DataCenterConfig
from sansio_tl_transports import sync
from tests.helpers.rsa_key import rsa_key
from tests.helpers.tcp_proxy import tcp_proxy
from tests.transports.certificates import contexts
from tests.transports.chromium import visit
from tests.transports.nginx import nginx

pytestmark = [pytest.mark.proxies, pytest.mark.interop]


@pytest.fixture
def server() -> Iterator[Any]:
    data_center = DataCenter(
        DataCenterConfig(private_key=rsa_key(), allowed_origins=None), entropy=os.urandom, now=time.time()
    )
    with sync.serve(data_center, tls=contexts()[0]) as server:
        yield server


def is_res_pq(reported: dict[str, Any]) -> bool:
    """The page has checked nonce and form; here are pq and the key."""
    assert "error" not in reported, reported
    p, q = factorize(int(reported["pq"], 16))
    return 1 < p < q and reported["fingerprints"] == [str(rsa_key().public_key.fingerprint)]


def test_web_page_completes_req_pq_multi_over_websocket_and_http(server: Any) -> None:
    with tcp_proxy(server.address) as seen:
        targets = [
            ("websocket", f"ws://127.0.0.1:{server.address[1]}/apiws"),
            ("websocket", f"wss://127.0.0.1:{server.tls_address[1]}/apiws"),
            ("http", f"https://127.0.0.1:{server.tls_address[1]}/api"),
            ("http", f"http://127.0.0.1:{seen.address[1]}/api"),
        ]
        origin, report = visit(*targets)
        sent = bytes(seen.client_data)
    assert list(report) == [url for _, url in targets]
    assert all(is_res_pq(reported) for reported in report.values())
    assert sent.startswith(b"OPTIONS /api HTTP/1.1\r\n"), "the browser asks first whether it may"
    assert f"Origin: {origin}\r\n".encode() in sent
    assert b"POST /api HTTP/1.1\r\n" in sent


def test_web_page_completes_req_pq_multi_through_nginx(server: Any) -> None:
    with nginx(server.address[1]) as front:
        targets = [
            ("http", f"http://127.0.0.1:{front.address[1]}/api"),
            ("websocket", f"ws://127.0.0.1:{front.address[1]}/apiws"),
            ("websocket", f"wss://127.0.0.1:{front.tls_address[1]}/apiws"),
            ("http", f"https://127.0.0.1:{front.tls_address[1]}/api"),
        ]
        _, report = visit(*targets)
    assert all(is_res_pq(reported) for reported in report.values())
    assert len(report) == 4


def test_web_page_of_a_foreign_origin_gets_no_answer() -> None:
    """What a data center does by default: the browser names the page's origin, and the page gets no answer."""
    keys = KeyStore()
    data_center = DataCenter(DataCenterConfig(private_key=rsa_key()), keys=keys, entropy=os.urandom, now=time.time())
    with sync.serve(data_center) as server:
        targets = [
            ("websocket", f"ws://127.0.0.1:{server.address[1]}/apiws"),
            ("http", f"http://127.0.0.1:{server.address[1]}/api"),
        ]
        _, report = visit(*targets)
    assert list(report) == [url for _, url in targets]
    assert all("error" in reported for reported in report.values()), report
    assert not keys
