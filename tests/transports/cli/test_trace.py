"""The command `trace`."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sansio_tl import trace
from sansio_tl_transports.cli.commands import app
from sansio_tl_transports.tracing import QlogTracer
from tests.helpers.trace_samples import KINDS, sample
from tests.helpers.traced_login import write_trace


@pytest.fixture
def login(tmp_path: Path) -> Path:
    write_trace(tmp_path / "login.qlog")
    return tmp_path / "login.qlog"


def lines(*arguments: object) -> list[str]:
    result = CliRunner().invoke(app, ["trace", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def test_a_trace_is_a_title_and_aligned_lines(login: Path) -> None:
    title, *rest = lines(login)
    assert title == "A login that moves to another data center"
    assert rest[0] == "    0.0 ms  request     request 1 auth.sendCode for DC 2"
    assert {line.index(" ms  ") for line in rest} == {7}
    assert {line[12:24].strip() for line in rest} == {"connection", "handshake", "message", "request", "client"}
    assert not any("packet of" in line for line in rest)
    assert len([line for line in lines(login, "--packets") if "packet of" in line]) > 20


def test_a_request_is_shown_with_its_messages(login: Path) -> None:
    _, *rest = lines(login, "--request", 3)
    texts = [line[24:] for line in rest]
    assert texts[0] == "request 3 help.getNearestDc for DC 4"
    assert texts[-1] == "request 3 help.getNearestDc answered by DC 4 after 2.07 s, sent 2 times"
    assert "request 3 help.getNearestDc waits 2 s: FLOOD_WAIT" in texts
    assert sum("-> help.getNearestDc" in text for text in texts) == 2
    assert sum("<- rpc_result" in text for text in texts) == 2
    assert not any("signIn" in text for text in texts)


def test_connections_and_areas_can_be_chosen(login: Path) -> None:
    _, *rest = lines(login, "--connection", 3, "-c", 1, "--area", "connection")
    assert [line[24:] for line in rest] == [
        "connection 1 to DC 2 requested: 192.0.2.1:2",
        "connection 1 to DC 2 (192.0.2.1:2) is open",
        "connection 3 to DC 4 requested: 192.0.2.1:4",
        "connection 3 to DC 4 failed: no route",
        "connection 1 (DC 2) ended",
    ]


def test_a_part_of_a_trace_can_be_chosen(tmp_path: Path) -> None:
    path = tmp_path / "a.qlog"
    with QlogTracer(path) as tracer:
        for part in ("client-1", "server"):
            tracer.part(part).record(trace.HandshakeStarted(1, temporary=False), 1.0)
    assert [line.split()[2] for line in lines(path)] == ["client-1", "server"]
    assert [line.split()[2] for line in lines(path, "--part", "server")] == ["server"]


def test_texts_of_peers_are_escaped(tmp_path: Path) -> None:
    path = tmp_path / "a.qlog"
    with QlogTracer(path, title="\x1b]0;title\x07") as tracer:
        for kind in KINDS:
            tracer.part("\x1b[31m").record(sample(kind, full=True), 1.0)
    shown = lines(path, "--packets")
    assert len(shown) == 1 + len(KINDS)
    assert all(line.isprintable() for line in shown)


def test_a_page_is_written_with_the_chosen_events(login: Path, tmp_path: Path) -> None:
    out = tmp_path / "trace.html"
    assert lines(login, "--html", out) == [f"written to {out}"]
    whole = out.read_text("utf-8")
    assert whole.startswith("<!DOCTYPE html>")
    assert "packet_sent" not in whole
    assert "PacketSent" in whole
    lines(login, "--request", 3, "--html", out)
    assert len(out.read_text("utf-8")) < len(whole)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.qlog"], "cannot read none.qlog: No such file or directory"),
        (["{login}", "--area", "packets"], "unknown area 'packets'"),
        (["{login}", "--html", "none/trace.html"], "cannot write none/trace.html: No such file or directory"),
        (["{login}", "--request", "99"], "no request 99; the file has 1 to"),
        (["{text}"], "does not begin with the byte 0x1E"),
    ],
)
def test_wrong_input_is_reported_in_a_line(
    login: Path, tmp_path: Path, arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_text("hello\n")
    result = CliRunner().invoke(app, ["trace", *(each.format(login=login, text="text") for each in arguments)])
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())
