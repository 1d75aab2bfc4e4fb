"""A web server in place of a data center is named as one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sansio_tl.errors import ConnectionLostError, RemoteProtocolError, TransportError
from sansio_tl.framing.intermediate import Intermediate
from sansio_tl.role import Role
from sansio_tl_transports.cli import web_probe
from sansio_tl_transports.cli.dc_option import Target
from sansio_tl_transports.cli.terminal import Failure
from sansio_tl_transports.cli.web_probe import web_answer, web_servers_named
from tests.transports.cli_user import CliUser

Serve = Callable[[bytes], Target]


@pytest.fixture
def web_server() -> Iterator[Serve]:
    """Starts a server that answers each line that ends with a line break with these bytes."""
    listeners = []

    def answer(listener: socket.socket, content: bytes) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=converse, args=(connection, content), daemon=True).start()

    def converse(connection: socket.socket, content: bytes) -> None:
        with connection, connection.makefile("rb") as file:
            try:
                while (line := file.readline(65536)) and line != b"\r\n":
                    pass
                connection.sendall(content)
            except OSError:
                pass

    def serve(content: bytes) -> Target:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=answer, args=(listener, content), daemon=True).start()
        return Target("own", 2, "127.0.0.1", listener.getsockname()[1], ())

    yield serve
    for listener in listeners:
        listener.close()


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n<html>", "HTTP 200"),
        (b"HTTP/1.0 511 Network Authentication Required\r\n\r\n", "HTTP 511"),
        (
            b"HTTP/1.1 302 Found\r\nServer: x\r\nLocation: http://portal.example/?a=1\r\n\r\n",
            "HTTP 302, which redirects to http://portal.example/?a=1",
        ),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", None),
        (b"SSH-2.0-OpenSSH\r\n", None),
        (b"", None),
    ],
)
def test_web_server_is_recognised_by_its_answer(web_server: Serve, content: bytes, answer: str | None) -> None:
    assert web_answer(web_server(content)) == answer


def test_answer_of_http_to_mtproto_is_a_web_server_with_any_status(web_server: Serve) -> None:
    target = web_server(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    framing = Intermediate(Role.CLIENT)
    framing.receive_data(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    expected = r"^a web server answers at h:1, not a data center \(HTTP 400\)"
    with pytest.raises(Failure, match=expected), web_servers_named(target, "h:1", direct=True):
        framing.next_event()


def test_data_center_is_no_web_server(user: CliUser) -> None:
    host, port = user.data_center.address
    assert web_answer(Target("own", 2, host, port, ())) is None


def test_closed_port_is_no_web_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert web_answer(Target("own", 2, "127.0.0.1", port, ())) is None


def test_silent_server_is_no_web_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_probe, "PROBE_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert web_answer(Target("own", 2, "127.0.0.1", listener.getsockname()[1], ())) is None


@pytest.mark.parametrize(
    ("error", "direct"),
    [
        (TransportError(-404), True),
        (TransportError(-429), True),
        (ConnectionLostError("gone"), False),
        (Failure("a wrong password"), True),
    ],
)
def test_other_failures_pass(web_server: Serve, error: Exception, *, direct: bool) -> None:
    with pytest.raises(type(error)) as caught, web_servers_named(web_server(b"HTTP/1.1 200"), "h:1", direct=direct):
        raise error
    assert caught.value is error


@pytest.mark.parametrize("error", [TransportError(-501), ConnectionLostError("gone"), RemoteProtocolError("TR1", "x")])
def test_failure_of_a_connection_names_the_web_server(web_server: Serve, error: Exception) -> None:
    expected = r"^a web server answers at h:1, not a data center \(HTTP 200\)\. Check the address"
    target = web_server(b"HTTP/1.1 200 OK\r\n\r\n")
    with pytest.raises(Failure, match=expected), web_servers_named(target, "h:1", direct=True):
        raise error


@pytest.mark.parametrize(
    "options", [("--phone", "+12025550100"), ("--qr",), ("--phone", "+12025550100", "--framing", "http")]
)
def test_login_at_a_web_server_says_so(
    user: CliUser, web_server: Serve, options: tuple[str, ...], tmp_path: Path
) -> None:
    target = web_server(b"HTTP/1.1 511 Sign in\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    done = user.run(
        "login", "--dc", f"127.0.0.1:{target.port}", "--key", str(user.key), "--api-id", "1", "--api-hash", "x",
        "--session", str(tmp_path / "web"), "--timeout", "2", *options,
    )  # fmt: skip
    assert done.exit_code == 1
    assert f"a web server answers at 127.0.0.1:{target.port}, not a data center (HTTP 511)" in done.stderr
