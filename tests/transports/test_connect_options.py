"""Connect options: the attempts to reach a data center, proxies, and error messages."""

from __future__ import annotations

import socket
import ssl
from dataclasses import replace
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

import pytest

from sansio_tl import ClientConfig, Config
from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import HELLO_PROFILES, Intermediate
from sansio_tl.limits import Limits
from sansio_tl.proxy import Proxy, ProxyError
from sansio_tl.role import Role
from sansio_tl_transports import ConnectError
from sansio_tl_transports._shared.connect_options import (
    HAPPY_EYEBALLS_DELAY,
    Attempt,
    ConnectOptions,
    check_call,
    combined_error,
    describe_error,
    interleaved,
)
from sansio_tl_transports._shared.tls import continue_handshake

SECRET = "0" * 32
TARGETS = [("192.0.2.1", 443), ("dc.example", 80)]


def connect_options(**settings: Any) -> ConnectOptions:
    return ConnectOptions(clock=lambda: 1.8e9, **settings)


def test_attempts_without_a_proxy_connect_to_every_address() -> None:
    plain = connect_options()
    assert plain.attempts(TARGETS) == [Attempt(host, port, (host, port)) for host, port in TARGETS]
    assert [attempt.proxy_handshake() for attempt in plain.attempts(TARGETS)] == [None, None]
    assert (plain.stagger, plain.polled, plain.chooses_framing, plain.through) == (
        HAPPY_EYEBALLS_DELAY,
        False,
        False,
        "",
    )
    config = Config(api_id=1)
    assert plain.framed(config, TARGETS[0]) is config.framing
    context = ssl.create_default_context()
    assert [attempt.tls for attempt in connect_options(tls=context).attempts(TARGETS)] == [context] * 2
    (made,) = connect_options(tls=True).attempts(TARGETS[:1])
    assert made.tls is not None
    assert made.tls.verify_mode is ssl.CERT_REQUIRED


def test_attempts_with_a_proxy_connect_to_the_proxy() -> None:
    through = connect_options(proxy="socks5://192.0.2.9:1080")
    attempts = through.attempts(TARGETS)
    assert [(attempt.host, attempt.port) for attempt in attempts] == [("192.0.2.9", 1080)] * 2
    assert [attempt.target for attempt in attempts] == TARGETS
    assert all(attempt.proxy_handshake() is not None for attempt in attempts)
    assert (through.stagger, through.chooses_framing) == (None, False)
    assert through.through == " through Proxy(socks5://192.0.2.9:1080)"


def test_attempt_with_an_mtproxy_has_no_handshake_and_an_obfuscated_framing() -> None:
    through = connect_options(proxy=f"tg://proxy?server=192.0.2.9&port=443&secret={SECRET}")
    (attempt,) = through.attempts(TARGETS)
    assert (attempt.host, attempt.port, attempt.target, attempt.proxy_handshake()) == (
        "192.0.2.9",
        443,
        TARGETS[0],
        None,
    )
    assert through.chooses_framing
    framing = through.framed(Config(api_id=1), TARGETS[0])(Role.CLIENT, Limits())
    assert not isinstance(framing, Intermediate)
    framing.send_packet(bytes(20))
    assert len(framing.data_to_send()) > 64


@pytest.mark.parametrize("name", ["browser", "short"])
def test_attempt_with_a_fake_tls_secret_begins_with_the_hello_of_the_proxy(name: str) -> None:
    link = f"tg://proxy?server=192.0.2.9&port=443&secret=ee{SECRET}{b'example.org'.hex()}"
    proxy = replace(Proxy.parse(link), tls_hello=HELLO_PROFILES[name])
    hello = connect_options(proxy=proxy).framed(Config(api_id=1), TARGETS[0])(Role.CLIENT, Limits()).data_to_send()
    assert hello.startswith(b"\x16\x03\x01")
    assert (len(hello) == 517) == (name == "short")


def test_http_host_header_omits_default_ports_and_brackets_ipv6() -> None:
    polled = connect_options(framing="http")
    assert (polled.polled, polled.chooses_framing) == (True, True)
    for (host, port), named in (
        (("192.0.2.1", 80), "192.0.2.1"),
        (("192.0.2.1", 443), "192.0.2.1"),
        (("dc.example", 8080), "dc.example:8080"),
        (("2001:db8::1", 443), "[2001:db8::1]"),
        (("2001:db8::1", 81), "[2001:db8::1]:81"),
    ):
        framing = polled.framed(Config(api_id=1), (host, port))(Role.CLIENT, Limits())
        framing.send_packet(bytes(20))
        assert f"\r\nHost: {named}\r\n".encode().lower() in framing.data_to_send().lower()


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"framing": "telepathy"}, "unknown framing 'telepathy': expected one of "),
        ({"proxy": f"tg://proxy?server=h&port=1&secret={SECRET}", "tls": True}, "tls cannot be used with an MTProxy"),
        ({"proxy": f"tg://proxy?server=h&port=1&secret={SECRET}", "framing": "http"}, ""),
        ({"proxy": "gopher://127.0.0.1:1"}, ""),
    ],
)
def test_invalid_connect_options_are_refused(settings: dict[str, Any], text: str) -> None:
    with pytest.raises(LocalProtocolError) as refused:
        connect_options(**settings)
    assert text in str(refused.value)


@pytest.mark.parametrize("target", [("h", 0), ("h", 65536), ("", 80)])
def test_invalid_target_address_is_refused(target: tuple[str, int]) -> None:
    with pytest.raises(LocalProtocolError):
        connect_options().attempts([("192.0.2.1", 443), target])


def test_ip_addresses_are_recognised() -> None:
    hosts = ["192.0.2.1", "::1", "fe80::1%eth0", "dc.example", "", "192.0.2.256"]
    assert [Attempt(host, 1, (host, 1)).is_address for host in hosts] == [True, True, True, False, False, False]


def test_describe_error_is_never_empty() -> None:
    assert describe_error(TimeoutError()) == "no answer in time"
    assert describe_error(TimeoutError("no handshake in time")) == "no handshake in time"
    assert describe_error(OSError(111, "Connection refused")) == "Connection refused"
    assert describe_error(OSError("something")) == "something"
    assert describe_error(EOFError()) == "EOFError"
    bad = ssl.SSLCertVerificationError(1, "a long text")
    bad.verify_message = "self-signed certificate"
    assert describe_error(bad) == "invalid certificate: self-signed certificate"


def test_connect_error_names_the_address() -> None:
    direct = Attempt("h\u00e9", 5, ("dc", 443))
    refused = OSError(111, "Connection refused")
    assert direct.failed(refused) is refused
    assert str(direct.failed(UnicodeError("no such name"))) == "connecting to 'h\\xe9' port 5: no such name"
    (through,) = connect_options(proxy="socks5://192.0.2.9:1080").attempts([("dc", 443)])
    failed = through.failed(refused)
    assert isinstance(failed, ConnectError)
    assert (failed.step, failed.reason) == ("connecting to Proxy(socks5://192.0.2.9:1080)", "Connection refused")
    tls = direct.tls_failed(EOFError("hung up"))
    assert isinstance(tls, ConnectError)
    assert (tls.step, tls.reason, str(tls)) == ("TLS with dc port 443", "hung up", "TLS with dc port 443: hung up")


def test_errors_through_a_web_proxy_name_it() -> None:
    url = f"https://t.me/webproxy?server=relay.example&secret={SECRET}"
    (attempt,) = connect_options(proxy=url).attempts([("dc", 443)])
    assert attempt.tls_host == "relay.example"
    handshake = attempt.proxy_handshake()
    assert handshake is not None
    assert replace(attempt, continues=True).proxy_handshake() is None
    step = f"{handshake.step} with {attempt.proxy!r}"
    refused = attempt.handshake_failed(handshake, ProxyError("whatever", "the proxy refuses"))
    assert (type(refused), str(refused)) == (ProxyError, f"{step}: the proxy refuses")
    silent = attempt.handshake_failed(handshake, TimeoutError())
    assert (type(silent), str(silent)) == (ConnectError, f"{step}: no answer in time")
    assert str(attempt.tls_failed(EOFError("hung up"))) == "TLS with relay.example port 443: hung up"
    assert (Attempt("h", 5, ("dc", 443)).tls_host, Attempt("h", 5, ("dc", 443)).continues) == ("dc", False)


def test_arguments_of_a_connection_are_checked_before_a_socket_is_opened() -> None:
    check_call(("dc.example", 443), Config(api_id=1))
    check_call(["dc.example", 443], Config(api_id=1))  # type: ignore[arg-type]
    wrong: Any
    for wrong in (None, "dc.example", ("dc.example",), ("dc.example", 443, 0)):
        with pytest.raises(LocalProtocolError, match="the address of a data center: a tuple of host and port"):
            check_call(wrong, Config(api_id=1))
    with pytest.raises(LocalProtocolError):
        check_call(("dc.example", 0), Config(api_id=1))
    for wrong in (None, {}, ClientConfig(connection_config=Config(api_id=1), endpoints={})):
        with pytest.raises(LocalProtocolError, match="connect: config: a Config"):
            check_call(("dc.example", 443), wrong)


def test_combined_error_names_each_reason_once() -> None:
    one, other = OSError("one"), OSError("other")
    assert combined_error([one]) is one
    assert str(combined_error([one, other, one, TimeoutError()])) == "connecting: one; other; no answer in time"


@pytest.mark.parametrize(
    ("options", "shown"),
    [({"proxy": 1080}, "proxy: a URL or a sansio_tl.proxy.Proxy"), ({"tls": "yes"}, "tls: True, False or an ssl")],
)
def test_options_of_a_wrong_type_are_refused(options: dict[str, Any], shown: str) -> None:
    with pytest.raises(LocalProtocolError, match=shown):
        ConnectOptions(clock=lambda: 0.0, **options)


def test_addresses_of_each_family_take_turns() -> None:
    six, four = (
        [(family, socket.SOCK_STREAM, 6, "", (f"{family.name} {number}", 443)) for number in range(size)]
        for family, size in ((socket.AF_INET6, 3), (socket.AF_INET, 1))
    )
    assert interleaved([*six, *four]) == [six[0], four[0], six[1], six[2]]
    assert interleaved([]) == []


@pytest.mark.parametrize(
    ("outcome", "needed"), [(ssl.SSLWantReadError(), EVENT_READ), (ssl.SSLWantWriteError(), EVENT_WRITE), (None, 0)]
)
def test_tls_handshake_says_what_to_wait_for(outcome: Exception | None, needed: int) -> None:
    class Handshaking:
        def do_handshake(self) -> None:
            if outcome is not None:
                raise outcome

    sock: Any = Handshaking()
    assert continue_handshake(sock) == needed
