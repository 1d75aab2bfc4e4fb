"""`sansio-tl web-proxy`: the relay of a WEB proxy."""

from __future__ import annotations

import re
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sansio_tl.framing import ProxySecret
from sansio_tl.proxy import Proxy, WebAddress
from sansio_tl_transports.cli.commands import app
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
