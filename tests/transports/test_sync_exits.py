"""SystemExit and KeyboardInterrupt that the application raises in the thread of the sync adapter: it goes on."""

from __future__ import annotations

import threading

import pytest

from sansio_tl.errors import ConnectionLostError
from tests.transports.scripted import ANSWERED, NEAREST, UNANSWERED, Scripted, config
from tests.transports.test_client import settings
from transports import sync


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads that die of an exception."""
    names: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: names.append(repr(args.exc_value)))
    return names


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_an_application_that_exits_ends_the_one_connection(kind: type[BaseException], dead: list[str]) -> None:
    def exits(*_: object, **__: object) -> None:
        raise kind("disk full")

    bugs: list[Exception] = []
    centre = Scripted()
    with sync.serve(centre, on_error=bugs.append) as server, sync.connect(server.address, config()) as other:
        with sync.connect(server.address, config()) as link:
            centre.links[-1]._act = exits  # type: ignore[method-assign]
            with pytest.raises(ConnectionLostError):
                link.invoke(UNANSWERED, timeout=5)
        assert other.invoke(ANSWERED, timeout=5) == NEAREST
        with sync.connect(server.address, config()) as later:
            assert later.invoke(ANSWERED, timeout=5) == NEAREST
    assert [type(bug.__cause__) for bug in bugs] == [kind]
    assert dead == []


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_a_callback_that_exits_is_told_to_who_calls_and_who_leaves(kind: type[BaseException], dead: list[str]) -> None:
    def save(_: object) -> None:
        raise kind("disk full")

    def asks(address: tuple[str, int]) -> None:
        with sync.open_client(settings(address), save=save) as account, pytest.raises(kind, match="disk full"):
            account.invoke(ANSWERED, timeout=5)

    with sync.serve(Scripted()) as server, pytest.raises(kind, match="disk full"):
        asks(server.address)
    assert dead == []
