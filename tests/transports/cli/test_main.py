"""The `sansio-tl` command: what is missing, Ctrl-C, and what is dropped when it fails."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from sansio_tl_transports.cli import main as command

COMMANDS = "sansio_tl_transports.cli.commands"


@pytest.fixture
def dropped(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done with the text that was typed ahead."""
    done: list[str] = []

    def drop() -> None:
        done.append("now")

    def later(function: Callable[..., object], *_: object) -> None:
        assert function is drop
        done.append("on exit")

    monkeypatch.setattr(command, "discard_typed_ahead", drop)
    monkeypatch.setattr(atexit, "register", later)
    return done


def commands(monkeypatch: pytest.MonkeyPatch, get: Callable[[str], Any]) -> None:
    """The module with the commands, whose attributes are what `get` returns."""
    module: Any = ModuleType(COMMANDS)
    module.__path__ = []
    module.__getattr__ = get
    monkeypatch.setitem(sys.modules, COMMANDS, module)


@pytest.mark.parametrize("name", ["typer", "rich", "typer.testing"])
def test_missing_library_of_the_extra_is_named(name: str, monkeypatch: pytest.MonkeyPatch, dropped: list[str]) -> None:
    def missing(_: str) -> None:
        raise ModuleNotFoundError(name=name)

    commands(monkeypatch, missing)
    with pytest.raises(SystemExit) as ended:
        command.main()
    library = name.partition(".")[0]
    assert ended.value.code == (
        f"sansio-tl: {library} is missing. The extra cli installs it: pip install '.[cli]' in a checkout"
    )
    assert dropped == ["now"]


def test_ctrl_c_while_modules_are_imported_ends_with_status_130(
    monkeypatch: pytest.MonkeyPatch, dropped: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    commands(monkeypatch, interrupt)
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "sansio-tl: interrupted\n"
    assert dropped == ["now"]


@pytest.mark.parametrize("name", ["sansio_tl", None])
def test_other_missing_module_is_a_bug(name: str | None, monkeypatch: pytest.MonkeyPatch, dropped: list[str]) -> None:
    error = ModuleNotFoundError(name=name)

    def missing(_: str) -> None:
        raise error

    commands(monkeypatch, missing)
    with pytest.raises(ModuleNotFoundError) as raised:
        command.main()
    assert raised.value is error
    assert dropped == []


@pytest.mark.parametrize(("status", "drops"), [(0, []), (None, []), (1, ["now", "on exit"]), (2, ["now", "on exit"])])
def test_text_typed_ahead_of_a_failure_is_dropped(
    status: int | None, drops: list[str], monkeypatch: pytest.MonkeyPatch, dropped: list[str]
) -> None:
    called: list[dict[str, Any]] = []

    def app(**options: Any) -> None:
        called.append(options)
        raise SystemExit(status)

    commands(monkeypatch, lambda name: {"app": app}[name])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == status
    assert called == [{"prog_name": "sansio-tl"}]
    assert dropped == drops
