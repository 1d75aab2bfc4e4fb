"""`sansio-tl web-proxy`: the relay of a WEB proxy."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import ProxySecret
from sansio_tl.proxy import Proxy, WebAddress
from sansio_tl_transports.cli import web_proxy
from sansio_tl_transports.cli.commands import app
from sansio_tl_transports.cli.terminal import Failure
from sansio_tl_transports.cli.web_proxy import RelayOptions
from tests.helpers.processes import COMMAND
from tests.transports.certificates import pems
from tests.transports.proxies import secret

SECRET = secret("dd")


def test_relay_prints_its_link_and_shows_a_site_to_others() -> None:
    command = (*COMMAND, "web-proxy", "localhost/blog", "--secret", SECRET, "--target", "127.0.0.1:9")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            link = process.stdout.readline().removeprefix("link to share: ").strip()
            proxy = Proxy.parse(link)
            assert (proxy.host, proxy.path, proxy.secret) == ("localhost", "blog", ProxySecret.parse(SECRET))
            assert "HTTP" in process.stdout.readline()
            found = re.fullmatch(r"listening on (127\.0\.0\.1:\d+)\n", process.stdout.readline())
            assert found is not None
            site = f"http://{found[1]}"
            with urllib.request.urlopen(f"{site}/", timeout=20) as answer:
                assert b"It works" in answer.read()
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(f"{site}/blog/?bridge=x", timeout=20)
            assert caught.value.code == 404
            caught.value.close()
            capability = WebAddress("localhost", "blog").capability(ProxySecret.parse(SECRET))
            with urllib.request.urlopen(f"{site}/blog/?bridge={capability}", timeout=20) as answer:
                assert b"bootstrap" in answer.read()
            process.terminate()
            assert process.stdout.read() == "closed\n"
            assert process.wait(30) == 0
        finally:
            process.kill()


def test_relay_has_the_certificate_of_its_files(tmp_path: Path) -> None:
    certificate, key = pems()
    (tmp_path / "chain.pem").write_bytes(certificate)
    (tmp_path / "key.pem").write_bytes(key)
    files = ("--certificate", str(tmp_path / "chain.pem"), "--key", str(tmp_path / "key.pem"), "--polling")
    command = (*COMMAND, "web-proxy", "localhost", "--secret", SECRET, "--target", "[::1]:9", *files)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("link to share: tg://webproxy?server=localhost&secret=dd")
            port = re.fullmatch(r"The link means port 443\. .*port=(\d+)\)\n", process.stdout.readline())
            assert port is not None
            assert process.stdout.readline() == f"listening on 127.0.0.1:{port[1]}\n"
            time.sleep(0.1)
            process.terminate()
            assert process.wait(30) == 0
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("server", "secret_text", "target", "reason"),
    [
        ("localhost", SECRET, "nowhere", "expected HOST:PORT"),
        ("localhost", SECRET, "nowhere:x", "expected HOST:PORT"),
        ("localhost", SECRET, "nowhere:0", "invalid port"),
        ("192.0.2.1", SECRET, "localhost:1", "invalid host of a WEB proxy"),
        ("localhost/", SECRET, "localhost:1", "invalid path of a WEB proxy"),
        ("localhost", "00", "localhost:1", "invalid proxy secret"),
        ("localhost", secret("ee"), "localhost:1", "a WEB proxy has a plain one"),
    ],
)
def test_invalid_options_are_refused_without_the_secret(
    server: str, secret_text: str, target: str, reason: str
) -> None:
    done = CliRunner().invoke(app, ["web-proxy", server, "--secret", secret_text, "--target", target])
    assert done.exit_code == 2
    assert reason in " ".join(re.sub("[│╭╰─╮╯]", " ", done.output).split())
    assert SECRET[2:] not in done.output


def test_invalid_certificate_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "chain.pem"
    file.write_text("nothing")
    options = ["--secret", SECRET, "--target", "localhost:1", "--certificate", str(file)]
    done = CliRunner().invoke(app, ["web-proxy", "localhost", *options])
    assert done.exit_code == 1
    assert "cannot use the certificate" in done.output


def options(**changed: Any) -> RelayOptions:
    given: dict[str, Any] = {
        "server": "localhost/blog",
        "secret": SECRET,
        "target": "[::1]:9",
        "host": "127.0.0.1",
        "port": 0,
        "certificate": None,
        "key": None,
        "web_socket": True,
    }
    return RelayOptions(**given | changed)


def test_missing_library_of_the_relay_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sansio_tl.proxy.web_relay", None)
    with pytest.raises(Failure, match=r"sansio_tl\.proxy\.web_relay"):
        options().config()


def test_options_become_settings_of_the_relay() -> None:
    for web_socket in (False, True):
        config = options(web_socket=web_socket).config()
        assert (config.address, config.web_socket) == (WebAddress("localhost", "blog"), web_socket)
        assert config.secret == ProxySecret.parse(SECRET)
    assert options().target_address() == ("::1", 9)
    assert options().tls() is None


class Relay:
    """Stands for the relay; the user ends it with a signal when it listens."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, port: int, number: signal.Signals) -> None:
        self.address = ("127.0.0.1", port)
        self.number = number
        self.error: Exception | None = None
        self.given: list[Any] = []
        monkeypatch.setattr(web_proxy, "serve_web_proxy", self.serve)

    @contextlib.asynccontextmanager
    async def serve(self, _: object, *arguments: object, tls: ssl.SSLContext | None) -> AsyncIterator[Relay]:
        self.given = [*arguments, tls]
        if self.error is not None:
            raise self.error
        asyncio.get_running_loop().call_soon(signal.raise_signal, self.number)
        yield self


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("port", [443, 4430])
@pytest.mark.parametrize("has_tls", [False, True])
def test_relay_runs_until_a_signal(
    number: signal.Signals,
    port: int,
    has_tls: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    certificate, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    for path, content in zip((certificate, key), pems(), strict=True):
        path.write_bytes(content)
    relay = Relay(monkeypatch, port, number)
    given = options(certificate=certificate, key=key) if has_tls else options()
    web_proxy.run(given)
    *arguments, tls = relay.given
    assert arguments == [("::1", 9), "127.0.0.1", 0]
    assert isinstance(tls, ssl.SSLContext) is has_tls
    note = [] if has_tls else ["HTTP: the server before it has the certificate"]
    if has_tls and port != 443:
        note = [f"The link means port 443. A program reaches this port by replace(Proxy.parse(link), port={port})"]
    link = WebAddress("localhost", "blog").link(ProxySecret.parse(SECRET))
    assert capsys.readouterr().out.splitlines() == [
        f"link to share: {link}",
        *note,
        f"listening on 127.0.0.1:{port}",
        "closed",
    ]


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (OSError(98, "Address already in use"), Failure, "cannot listen on 127.0.0.1 port 0: Address already in use"),
        (LocalProtocolError("no such target"), ValueError, "no such target"),
    ],
)
def test_relay_that_cannot_begin_says_why(
    error: Exception,
    kind: type[Exception],
    text: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    relay = Relay(monkeypatch, 1, signal.SIGTERM)
    relay.error = error
    with pytest.raises(kind) as raised:
        web_proxy.run(options())
    assert str(raised.value) == text
    assert capsys.readouterr().out == ""
