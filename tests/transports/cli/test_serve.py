"""`sansio-tl serve`: what it serves, prints, writes and refuses."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import ssl
import stat
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sansio_tl import ClientConfig, errors, functions, trace
from sansio_tl.testing import CodeSent, DataCenterConfig, LoggedIn, LoggedOut
from sansio_tl.testing.code_delivery import DeliveryMethod
from sansio_tl.testing.codes import PhoneCodePurpose
from sansio_tl.testing.events import ConnectionEnded, DeletionRequested, MailSent, PasswordChanged, RequestServed
from sansio_tl.testing.mailbox import MailPurpose
from sansio_tl_transports import sync
from sansio_tl_transports._shared.acceptor import Server
from sansio_tl_transports.cli import commands, serve, serve_output
from sansio_tl_transports.cli.line_writer import LineWriter
from sansio_tl_transports.cli.next_steps import address
from sansio_tl_transports.cli.serve import (
    AccountOption,
    ListenOptions,
    is_loopback,
    open_data_centers,
    read_schemas,
    read_secrets,
)
from sansio_tl_transports.cli.serve_output import JsonOutput, Listening, TextOutput, entry_of, line_of
from sansio_tl_transports.cli.terminal import Failure
from sansio_tl_transports.layers import LayerSchemas
from tests.helpers.connected_pair import client_config
from tests.helpers.recorder import Recorder
from tests.helpers.rsa_key import rsa_key
from tests.transports.cli_user import NUMBER, TOKEN


def test_unwritable_file_is_a_failure_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"cannot write .*nowhere.*: No such file or directory"):
        serve.write_file(tmp_path / "nowhere" / "file", b"content")
    serve.write_file(tmp_path / "file", b"content")
    assert (tmp_path / "file").read_bytes() == b"content"
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) & 0o600 == 0o600


# --- what is served ---------------------------------------------------------------------------------------------------


def test_configured_users_and_bots_exist_from_the_start() -> None:
    accounts = [
        AccountOption.parse(NUMBER),
        AccountOption.parse("+12025550101:a:b"),
        AccountOption.parse("+12025550102:"),
    ]
    assert [each.password for each in accounts] == [None, "a:b", None]
    [data_center] = open_data_centers([DataCenterConfig(private_key=rsa_key())], accounts, None, [TOKEN])
    users = [data_center.accounts.with_number(each.phone_number) for each in accounts]
    assert [user is not None and user.password is not None for user in users] == [False, True, False]
    assert data_center.accounts.with_token(TOKEN) is not None


@pytest.mark.parametrize(
    ("numbers", "bots", "why"),
    [
        (["no number"], [], "--account: "),
        ([NUMBER, NUMBER], [], "--account: "),
        ([], [TOKEN, TOKEN], "--bot: "),
    ],
)
def test_duplicate_accounts_are_refused(numbers: list[str], bots: list[str], why: str) -> None:
    config = DataCenterConfig(private_key=rsa_key())
    with pytest.raises(ValueError, match=why):
        open_data_centers([config], [AccountOption.parse(number) for number in numbers], None, bots)


def test_account_lives_at_the_data_center_of_its_option() -> None:
    texts = [NUMBER, "+12025550101@4:a@b:c", "+12025550102@2"]
    accounts = [AccountOption.parse(text) for text in texts]
    assert [(each.dc_id, each.password) for each in accounts] == [(None, None), (4, "a@b:c"), (2, None)]
    configs = [DataCenterConfig(dc_id=dc_id, private_key=rsa_key() if dc_id == 2 else None) for dc_id in (2, 4)]
    first, second = open_data_centers(configs, accounts, None, [TOKEN])
    assert (first.config.dc_id, second.config.dc_id) == (2, 4)
    assert first.public_key == second.public_key
    found = [first.accounts.with_number(each.phone_number) for each in accounts]
    assert [None if user is None else user.dc_id for user in found] == [2, 4, 2]


@pytest.mark.parametrize("text", ["+12025550101@", "+12025550101@x", "+12025550101@-1:a"])
def test_account_with_an_invalid_data_center_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected the number of a data center after @"):
        AccountOption.parse(text)


def test_data_centers_that_do_not_fit_are_refused() -> None:
    config = DataCenterConfig(private_key=rsa_key())
    with pytest.raises(ValueError, match="--dc-id: .*data center 2 exists already"):
        open_data_centers([config, config], [], None)
    with pytest.raises(ValueError, match="data center 4 is not served: add --dc-id 4"):
        open_data_centers([config], [AccountOption.parse(f"{NUMBER}@4")], None)


def test_further_data_centers_listen_on_the_following_ports() -> None:
    assert [ListenOptions("127.0.0.1", 4430).ports(index) for index in range(2)] == [(4430, None), (4431, None)]
    assert ListenOptions("127.0.0.1", 0, 0).ports(1) == (0, 0)
    assert ListenOptions("127.0.0.1", 4430, 8443).ports(2) == (4432, 8445)


def test_login_follows_a_redirect_between_served_data_centers(monkeypatch: pytest.MonkeyPatch) -> None:
    printed: list[str] = []
    homes: list[int] = []

    def echo(line: str) -> None:
        printed.append(line)
        addresses = [line.removeprefix("listening on ") for line in printed if line.startswith("listening on ")]
        if line.startswith("listening on ") and len(addresses) == 2:
            threading.Thread(target=log_in, args=(addresses[0],)).start()

    def log_in(listening: str) -> None:
        try:
            host, port = listening.rsplit(":", 1)
            key = rsa_key().public_key
            with sync.open_client(ClientConfig.for_server(host, int(port), public_key=key, api_id=1)) as client:
                client.login(NUMBER, api_hash="any", code=lambda _: code())
                homes.append(client.dc_id)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    def code() -> str:
        [line] = [line for line in printed if line.startswith("code ")]
        return line.split()[1]

    monkeypatch.setattr(LineWriter, "write", lambda _, line: echo(line))
    configs = [DataCenterConfig(dc_id=dc_id, private_key=rsa_key() if dc_id == 2 else None) for dc_id in (2, 4)]
    data_centers = open_data_centers(configs, [AccountOption.parse(f"{NUMBER}@4")], None)
    serve.run(data_centers, ListenOptions("127.0.0.1", 0), None, verbose=False)
    assert homes == [4]
    assert [line.partition(",")[0] for line in printed if line.startswith("data")] == ["data center 2", "data center 4"]


def test_same_seed_gives_the_same_keys() -> None:
    data_centers = [open_data_centers([DataCenterConfig()], [], seed)[0] for seed in ("a", "a", "b")]
    fingerprints = [data_center.public_key.fingerprint for data_center in data_centers]
    assert fingerprints[0] == fingerprints[1] != fingerprints[2]


def test_schemas_are_read_by_their_layer(tmp_path: Path) -> None:
    good, bare, bad = tmp_path / "good.tl", tmp_path / "bare.tl", tmp_path / "bad.tl"
    good.write_text("a#00000001 = A;\n// LAYER 150\n")
    bare.write_text("a#00000001 = A;\n")
    bad.write_bytes(b"\xff")
    schemas = read_schemas([good])
    assert set(schemas) == {150, *LayerSchemas()}
    assert [c.name for c in schemas[150].declarations.combinators] == ["a"]
    assert set(read_schemas([])) == set(LayerSchemas())
    with pytest.raises(ValueError, match=r"--schema .*bare.tl: it has no line // LAYER n"):
        read_schemas([good, bare])
    with pytest.raises(ValueError, match=r"--schema .*bad.tl: "):
        read_schemas([bad])


def test_schema_file_takes_the_place_of_the_shipped_one_of_its_layer(tmp_path: Path) -> None:
    file = tmp_path / "own.tl"
    file.write_text("a#00000001 = A;\n// LAYER 158\n")
    assert len(read_schemas([file])[158].declarations.combinators) == 1
    assert len(read_schemas([])[158].declarations.combinators) > 1_000


def test_proxy_secrets_are_parsed() -> None:
    plain = "0123456789abcdef0123456789abcdef"
    assert [len(secret.key) for secret in read_secrets([plain, f"dd{plain}"])] == [16, 16]
    with pytest.raises(ValueError, match="--proxy-secret: "):
        read_secrets([plain, "dd00"])


# --- what is printed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            CodeSent("12025550100", "123", DeliveryMethod.FLASH_CALL, PhoneCodePurpose.LOG_IN),
            "code 123 for +12025550100 by flash call",
        ),
        (MailSent("ada@example.org", "123456", MailPurpose.LOG_IN), "code 123456 mailed to ada@example.org"),
        (PasswordChanged(7, is_set=True), "user 7 has a new password"),
        (PasswordChanged(7, is_set=False), "user 7 has no password"),
        (DeletionRequested(7, "abc", 1.0), "user 7 will be deleted; the hash that stops it is abc"),
        (LoggedIn(7), "user 7 logged in"),
        (LoggedOut(7), "user 7 logged out"),
        (ConnectionEnded(None), None),
        (RequestServed("help.getConfig", None, functions.help.GetConfig()), None),
    ],
)
def test_each_event_is_printed_as_one_line(event: Any, line: str | None) -> None:
    assert line_of(event) == line


def test_requests_are_printed_if_verbose_and_recorded_as_json() -> None:
    query = functions.help.GetConfig()
    refused = RequestServed("help.getConfig", errors.parse(400, "X_Y"), query)
    assert line_of(RequestServed("help.getConfig", None, query), verbose=True) == "help.getConfig: answered"
    assert line_of(refused, verbose=True) == "help.getConfig: 400 X_Y"
    assert line_of(ConnectionEnded(None), verbose=True) is None
    reported = json.loads(entry_of(refused, 1.23456))
    assert reported == {"at": 1.235, "method": "help.getConfig", "query": "GetConfig()", "error": "400 X_Y"}
    assert json.loads(entry_of(RequestServed("help.getConfig", None, query), 2.0))["error"] is None


def test_method_without_a_handler_is_explained_once(capsys: pytest.CaptureFixture[str]) -> None:
    output = TextOutput(print)
    query = functions.contacts.GetContacts(0)
    for error in (errors.MethodInvalid(), errors.parse(400, "METHOD_INVALID: a long explanation")):
        output.event(RequestServed(query.NAME, error, query))
    output.event(RequestServed("help.getConfig", errors.MethodInvalid(), functions.help.GetConfig()))
    assert capsys.readouterr().out == (
        "contacts.getContacts is not implemented here, where only logins are. A test sets its answer:"
        ' data_center.answer("contacts.getContacts", ...), with the pytest fixture data_center\n'
    )
    assert line_of(RequestServed(query.NAME, error, query), verbose=True) == "contacts.getContacts: 400 METHOD_INVALID"


def test_json_has_addresses_key_and_process_on_the_first_line(capsys: pytest.CaptureFixture[str]) -> None:
    [data_center] = open_data_centers([DataCenterConfig(private_key=rsa_key(), dc_id=4)], [], None)
    output = JsonOutput(print)
    listening = [Listening(data_center, Server(("::1", 443), ("::1", 8443)))]
    output.listening(listening[0])
    output.ready(listening, serve_output.Instructions(Path("/tmp/dc.pem")))
    [line] = capsys.readouterr().out.splitlines()
    first = json.loads(line)
    assert first == {
        "event": "listening",
        "pid": os.getpid(),
        "address": "[::1]:443",
        "dc_id": 4,
        "public_key": rsa_key().public_key.to_pem(),
        "key_file": "/tmp/dc.pem",
        "key_fingerprint": f"{rsa_key().public_key.fingerprint & (1 << 64) - 1:016x}",
        "phone_number": "+9996640000",
        "code": "44444",
        "data_centers": [{"dc_id": 4, "address": "[::1]:443", "tls_address": "[::1]:8443"}],
    }
    output.ready(listening, serve_output.Instructions(Path("/tmp/dc.pem"), NUMBER))
    second = json.loads(capsys.readouterr().out)
    assert (second["phone_number"], second["code"]) == (NUMBER, None)


def test_json_has_an_object_for_each_event(capsys: pytest.CaptureFixture[str]) -> None:
    query = functions.help.GetConfig()
    for output in (JsonOutput(print), JsonOutput(print, verbose=True)):
        output.event(CodeSent("12025550100", "123", DeliveryMethod.FLASH_CALL, PhoneCodePurpose.LOG_IN))
        output.event(RequestServed("help.getConfig", errors.parse(420, "FLOOD_WAIT_3"), query, 7))
        output.event(ConnectionEnded(ValueError()))
        output.closed()
    code, closed, again, request, _ = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert code == again
    assert code == {
        "event": "code_sent",
        "phone_number": "12025550100",
        "code": "123",
        "via": "flash_call",
        "purpose": "log_in",
    }
    assert closed == {"event": "closed"}
    error = {"code": 420, "text": "FLOOD_WAIT_3"}
    assert request == {"event": "request_served", "method": "help.getConfig", "error": error, "user_id": 7}


def test_addresses_are_formatted_as_the_dc_option_reads_them() -> None:
    assert address(("127.0.0.1", 80)) == "127.0.0.1:80"
    assert address(("::1", 80)) == "[::1]:80"
    assert is_loopback("fe80::1%eth0") is False
    assert is_loopback("127.0.0.1%lo") is True


def test_serve_runs_until_it_is_terminated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error_text: list[str] = []

    def echo(line: str) -> None:
        error_text.append(line)
        if line.startswith("listening on "):
            threading.Thread(target=make_requests, args=(line.removeprefix("listening on "),)).start()

    def make_requests(listening: str) -> None:
        try:
            host, port = listening.rsplit(":", 1)
            with sync.connect((host, int(port)), client_config(), timeout=20) as connection:
                connection.invoke(functions.help.GetNearestDc(), timeout=20)
            tls = next(line for line in error_text if line.startswith("TLS on ")).removeprefix("TLS on ").rsplit(":", 1)
            context = ssl.create_default_context(cafile=str(tmp_path / "tls.pem"))
            with sync.connect((tls[0], int(tls[1])), client_config(), tls=context, timeout=20) as connection:
                connection.invoke(functions.help.GetNearestDc(), timeout=20)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(LineWriter, "write", lambda _, line: echo(line))
    [data_center] = open_data_centers([DataCenterConfig(private_key=rsa_key())], [], None)
    listener = ListenOptions("127.0.0.1", 0, 0, tmp_path / "tls.pem")
    record = tmp_path / "requests"
    record.write_text("earlier\n")
    serve.run([data_center], listener, tmp_path / "dc.pem", verbose=True, record=record)
    assert (tmp_path / "dc.pem").read_text() == rsa_key().public_key.to_pem()
    fingerprint = rsa_key().public_key.fingerprint & (1 << 64) - 1
    assert error_text[0] == f"data center 2, key {fingerprint:016x}"
    assert [line.partition(" on ")[0] for line in error_text[1:3]] == ["TLS", "listening"]
    address = error_text[2].removeprefix("listening on ")
    login = f"sansio-tl login --dc {address} --key {tmp_path}/dc.pem --api-id 1 --api-hash any --phone +9996620000"
    assert error_text[3:5] == [
        f"log in: {login}",
        "The code of +9996620000 is 22222. Any other number works, too: its codes are printed here.",
    ]
    assert error_text[-3:] == ["help.getNearestDc: answered"] * 2 + ["closed"]
    lines = record.read_text().splitlines()
    assert lines[0] == "earlier"
    assert [json.loads(line)["method"] for line in lines[1:]] == ["help.getNearestDc"] * 2
    reported = data_center.cluster.addresses[2]
    assert f"listening on {reported[0]}:{reported[1]}" == error_text[2]


@pytest.mark.parametrize(("host", "warnings"), [("127.0.0.1", 0), ("0.0.0.0", 1)])
def test_one_warning_says_that_other_machines_can_reach_the_data_centers(
    host: str, warnings: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed: list[str] = []

    def echo(line: str) -> None:
        printed.append(line)
        if sum(each.startswith("listening on ") for each in printed) == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(LineWriter, "write", lambda _, line: echo(line))
    configs = [DataCenterConfig(dc_id=dc_id, private_key=rsa_key()) for dc_id in (2, 4)]
    serve.run(open_data_centers(configs, [], None), ListenOptions(host, 0), None, verbose=False)
    warning = (
        f"sansio-tl: warning: {host} can be reached from other machines. This is a test data center: it prints every"
        " code, and accepts every client. Serve on 127.0.0.1 unless you need this\n"
    )
    assert capsys.readouterr().err == warning * warnings
    assert printed[-1] == "closed"


def test_framings_whose_library_is_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(serve_output.missing_framings()) == []
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "h11" else object())
    assert list(serve_output.missing_framings()) == [
        "Clients that use HTTP are refused: h11 is not installed (the extra http brings it)."
    ]


def test_each_data_center_gets_a_tracer_of_its_own() -> None:
    recorders: dict[str, Recorder] = {}
    configs = [DataCenterConfig(private_key=rsa_key(), dc_id=dc_id) for dc_id in (2, 4)]
    data_centers = open_data_centers(configs, [], None, make_tracer=lambda name: recorders.setdefault(name, Recorder()))
    for data_center in data_centers:
        data_center.accept(now=time.time())
    assert {name: recorder.events for name, recorder in recorders.items()} == {
        f"data center {dc_id}": [trace.ConnectionOpened(1, dc_id, "server", None)] for dc_id in (2, 4)
    }


@pytest.mark.parametrize(("tls_port", "ports"), [(None, "port {}"), (0, "ports {} and 0")])
def test_port_in_use_is_named_in_the_failure(tls_port: int | None, ports: str) -> None:
    [data_center] = open_data_centers([DataCenterConfig(private_key=rsa_key())], [], None)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Failure) as raised:
            serve.run([data_center], ListenOptions("127.0.0.1", port, tls_port), None, verbose=False)
    reason = "another program uses it; --port 0 takes a free one"
    assert str(raised.value) == f"cannot listen on 127.0.0.1 {ports.format(port)}: {reason}"


def test_first_account_of_the_options_is_that_of_the_instructions(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}
    monkeypatch.setattr(commands, "run", lambda *_args, **options: given.update(options))
    done = CliRunner().invoke(commands.app, ["serve", "--account", "+12025550100", "--account", "+12025550101"])
    assert (done.exit_code, given["number"]) == (0, "+12025550100")


def test_unwritable_record_is_reported_before_serving(tmp_path: Path) -> None:
    [data_center] = open_data_centers([DataCenterConfig(private_key=rsa_key())], [], None)
    with pytest.raises(Failure, match=r"cannot write .*requests: No such file or directory"):
        serve.run(
            [data_center], ListenOptions("127.0.0.1", 0), None, verbose=False, record=tmp_path / "nowhere" / "requests"
        )


def test_tls_is_served_only_with_a_tls_port() -> None:
    assert ListenOptions("127.0.0.1", 0).tls() is None
    assert ListenOptions("127.0.0.1", 0, 0).tls() is not None


@pytest.mark.parametrize("kind", [TextOutput, JsonOutput])
def test_long_text_of_a_client_is_shortened_and_the_line_stays_whole(kind: type[TextOutput | JsonOutput]) -> None:
    lines: list[str] = []
    kind(lines.append).event(CodeSent("9" * 20_000, "1", DeliveryMethod.SMS, PhoneCodePurpose.LOG_IN))
    [line] = lines
    assert len(line) < 4_200
    assert "more)" in line
    if kind is JsonOutput:
        assert json.loads(line)["phone_number"] == "9" * 4_000 + "... (16,000 more)"


def test_requests_are_recorded_no_more_when_the_disk_is_full(capsys: pytest.CaptureFixture[str]) -> None:
    record = serve.RequestRecord(Path("/dev/full"))
    request = RequestServed("help.getConfig", None, functions.help.GetConfig())
    record.write(request)
    record.write(request)
    record.close()
    error = "sansio-tl: cannot write /dev/full: No space left on device. No requests are recorded any more\n"
    assert capsys.readouterr().err == error
