"""What differs on Windows and macOS, with the platform faked: selectors, signals, file modes, terminals.

.github/workflows/platforms.yml runs the tests on the real ones.
"""

from __future__ import annotations

import asyncio
import errno
import getpass
import os
import selectors
import signal
import stat
import sys
import threading
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from sansio_tl.testing import DataCenterConfig
from sansio_tl_transports._shared import files
from sansio_tl_transports.cli import serve, terminal_input
from sansio_tl_transports.cli.line_writer import LineWriter
from sansio_tl_transports.cli.serve import ListenOptions, open_data_centers
from sansio_tl_transports.tracing import QlogTracer
from tests.helpers.rsa_key import rsa_key
from tests.helpers.scripted_data_center import ANSWERED, NEAREST
from tests.transports.sync_connections import connected, in_threads


class FakeMsvcrt(ModuleType):
    """Byte locks of Windows, by file handle."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        super().__init__("msvcrt")
        self.locked: dict[int, int] = {}

    def locking(self, handle: int, mode: int, size: int) -> None:
        assert (mode, size) == (self.LK_NBLCK, 1)
        if handle in self.locked:
            raise PermissionError(errno.EACCES, "Permission denied")
        self.locked[handle] = size


@pytest.fixture
def msvcrt(monkeypatch: pytest.MonkeyPatch) -> FakeMsvcrt:
    fake = FakeMsvcrt()
    monkeypatch.setitem(sys.modules, "msvcrt", fake)
    return fake


@pytest.fixture
def windows_files(monkeypatch: pytest.MonkeyPatch, msvcrt: FakeMsvcrt) -> ModuleType:
    """The module for files as it is loaded on Windows."""
    del msvcrt
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delattr(os, "O_NOFOLLOW", raising=False)
    spec = spec_from_file_location("windows_files", files.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(sys, "platform", "linux")
    return module


def test_file_locks_of_windows_exclude_other_processes(windows_files: Any, msvcrt: FakeMsvcrt) -> None:
    windows_files.lock_handle(7)
    with pytest.raises(BlockingIOError) as raised:
        windows_files.lock_handle(7)
    assert raised.value.errno == errno.EACCES
    assert list(msvcrt.locked) == [7]
    assert windows_files.LOCKS_ARE_ADVISORY is False
    assert files.LOCKS_ARE_ADVISORY is (sys.platform != "win32")


def test_file_is_replaced_where_folders_cannot_be_opened(
    windows_files: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = os.open

    def open_file(path: Any, flags: int, *more: Any) -> int:
        if Path(path).is_dir():
            raise PermissionError(errno.EACCES, "Permission denied")
        return genuine(path, flags, *more)

    monkeypatch.setattr(os, "open", open_file)
    path = tmp_path / "session"
    for temporary, content in ((None, b"one\n"), (tmp_path / "beside", b"two\n")):
        windows_files.write_whole(path, content, 0o600, temporary)
        assert path.read_bytes() == content
    assert [each.name for each in tmp_path.iterdir()] == ["session"]
    assert windows_files.NO_FOLLOW == 0


def test_file_modes_are_checked_on_posix_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "session"
    path.write_bytes(b"")
    status = os.stat_result((stat.S_IFREG | 0o666, 1, 1, 1, 0, 0, 0, 0, 0, 0))
    monkeypatch.setattr(f"{files.__name__}.os", SimpleNamespace(name="nt"))
    assert files.access_problem(path, status) is None
    monkeypatch.setattr(f"{files.__name__}.os", SimpleNamespace(name="posix", geteuid=lambda: 0))
    assert "can be read by others" in str(files.access_problem(path, status))


def test_trace_file_is_binary_and_needs_no_fchmod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    genuine = os.open
    binary = 1 << 30

    def open_file(path: Any, flags: int, *more: Any) -> int:
        opened.append(flags)
        return genuine(path, flags & ~binary, *more)

    monkeypatch.setattr(os, "O_BINARY", binary, raising=False)
    monkeypatch.delattr(os, "fchmod", raising=False)
    monkeypatch.setattr(os, "open", open_file)
    QlogTracer(tmp_path / "trace.qlog").close()
    assert [flags & binary for flags in opened] == [binary]


def test_line_is_read_by_the_library_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(kind: str) -> Callable[[str], str]:
        def ask(prompt: str) -> str:
            asked.append(f"{kind} {prompt}")
            return "typed"

        return ask

    monkeypatch.setattr(
        terminal_input, "sys", SimpleNamespace(platform="win32", stdin=SimpleNamespace(isatty=lambda: True))
    )
    monkeypatch.setattr(getpass, "getpass", answer("hidden"))
    monkeypatch.setattr("builtins.input", answer("shown"))
    assert terminal_input.read_line("Code: ", hidden=False) == "typed"
    assert terminal_input.read_line("Password: ", hidden=True) == "typed"
    terminal_input.discard_typed_ahead()
    assert asked == ["shown Code: ", "hidden Password: "]


def test_server_runs_where_loops_have_no_signal_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows Ctrl-C raises KeyboardInterrupt in the loop."""

    def refuse(*_: object) -> None:
        raise NotImplementedError

    printed: list[str] = []

    def echo(line: str) -> None:
        printed.append(line)
        if line.startswith("listening on "):
            threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGINT]).start()

    monkeypatch.setattr(asyncio.SelectorEventLoop, "add_signal_handler", refuse)
    monkeypatch.setattr(LineWriter, "write", lambda _, line: echo(line))
    data_centers = open_data_centers([DataCenterConfig(private_key=rsa_key())], [], None)
    with pytest.raises(KeyboardInterrupt):
        serve.run(data_centers, ListenOptions("127.0.0.1", 0), None, verbose=False)
    assert any(line.startswith("listening on ") for line in printed)


SELECTORS = [
    selector
    for name in ("SelectSelector", "PollSelector", "EpollSelector", "KqueueSelector")
    if (selector := getattr(selectors, name, None)) is not None
]


@pytest.mark.parametrize("selector", SELECTORS, ids=lambda each: each.__name__)
def test_blocking_adapter_uses_the_selector_of_the_platform(
    selector: type[selectors.BaseSelector], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows has select only, macOS kqueue."""
    made: list[selectors.BaseSelector] = []

    def make() -> selectors.BaseSelector:
        made.append(selector())
        return made[-1]

    monkeypatch.setattr(selectors, "DefaultSelector", make)
    with connected() as connection:
        in_threads([lambda: _expect(connection.invoke(ANSWERED))] * 4)
    assert made


def _expect(answer: object) -> None:
    assert answer == NEAREST
