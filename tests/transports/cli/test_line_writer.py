"""Lines for a reader who may be slow, or have gone."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sansio_tl import ClientConfig, functions
from sansio_tl_transports import sync
from sansio_tl_transports.cli.line_writer import LineWriter


def dropped_line(count: int) -> str:
    return f"{count} dropped"


@contextmanager
def pipe_as_stdout(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The end to read of a pipe whose other end is standard output."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="ascii") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        try:
            yield reading
        finally:
            monkeypatch.undo()


def test_lines_are_written_in_their_order_and_all_before_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    with LineWriter(dropped_line) as writer:
        for number in range(1_000):
            writer.write(str(number))
    assert capsys.readouterr().out.split() == list(map(str, range(1_000)))


def test_characters_that_the_encoding_lacks_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    with pipe_as_stdout(monkeypatch) as reading:
        with LineWriter(dropped_line) as writer:
            writer.write("caf\xe9")
        assert os.read(reading, 100) == b"caf\\xe9\n"
        os.close(reading)


def test_lines_without_room_are_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader begins when the pipe and the memory are full."""
    read: list[bytes] = []
    with pipe_as_stdout(monkeypatch) as reading:
        with LineWriter(dropped_line, max_pending=100_000) as writer:
            for number in range(20_000):
                writer.write(f"{number:09}")

            def read_all() -> None:
                while data := os.read(reading, 1 << 16):
                    read.append(data)

            reader = threading.Thread(target=read_all)
            reader.start()
        sys.stdout.close()
        reader.join(20)
        os.close(reading)
    position = 0
    for line in b"".join(read).decode().splitlines():
        count = int(line.removesuffix(" dropped"))
        if line.endswith("dropped"):
            position += count
        else:
            assert count == position
            position += 1
    assert position == 20_000
    assert b"dropped" in b"".join(read)


def test_number_of_dropped_lines_stands_before_the_next_one() -> None:
    at_once: list[str] = []
    gate = threading.Event()

    class Stream(io.StringIO):
        def write(self, text: str) -> int:
            gate.wait(20)
            at_once.append(text)
            return len(text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", Stream())
        with LineWriter(dropped_line, max_pending=6) as writer:
            for line in ("one", "two", "three"):  # there is room for the first one
                writer.write(line)
            gate.set()
            while writer.pending:
                threading.Event().wait(0.01)
            writer.write("2")
    assert at_once == ["one\n", "2 dropped\n", "2\n"]


def test_closed_output_is_reported_once_and_later_lines_are_dropped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pipe_as_stdout(monkeypatch) as reading:
        os.close(reading)
        with LineWriter(dropped_line) as writer:
            for _ in range(3):
                writer.write("a line")
    error = "sansio-tl: cannot write to standard output: Broken pipe. Nothing is printed any more\n"
    assert capsys.readouterr().err == error


def test_end_does_not_wait_for_a_reader_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    with pipe_as_stdout(monkeypatch) as reading:
        with LineWriter(dropped_line) as writer:
            writer.write("x" * 200_000)
        [thread] = [each for each in threading.enumerate() if each.name == "sansio-tl output"]
        while len(os.read(reading, 1 << 16)) == 1 << 16:
            pass
        thread.join(20)
        os.close(reading)


@pytest.mark.parametrize("is_closed", [False, True])
def test_server_goes_on_when_only_the_first_line_is_read(*, is_closed: bool) -> None:
    """It serves all clients, and ends at SIGTERM, whether the output stays unread or is closed."""
    command = [sys.executable, "-m", "sansio_tl_transports.cli.main", "serve", "--json", "--verbose"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        first = json.loads(server.stdout.readline())
        if is_closed:
            server.stdout.close()
        host, port = first["address"].rsplit(":", 1)
        config = ClientConfig.for_server(host, int(port), public_key=first["public_key"], api_id=1)
        try:
            with sync.open_client(config) as client:
                for _ in range(3 if is_closed else 1_200):  # 64 KiB and more
                    client.invoke(functions.help.GetNearestDc(), timeout=30)
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
        error = server.stderr.read().decode()
    closed = "sansio-tl: cannot write to standard output: Broken pipe. Nothing is printed any more\n"
    assert error == (closed if is_closed else "")
