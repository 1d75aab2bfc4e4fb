"""Requests that destroy a session or a key are found by their target until they end."""

from __future__ import annotations

from sansio_tl import functions
from tests.helpers.scripted_server import ScriptedServer


def test_pending_destroy_request_is_found_by_what_it_destroys() -> None:
    session = ScriptedServer().session
    one, two, key, other = (
        session.invoke(function)
        for function in (
            functions.mtproto.DestroySession(5),
            functions.mtproto.DestroySession(5),
            functions.mtproto.DestroyAuthKey(),
            functions.mtproto.Ping(5),
        )
    )
    endings = session._requests._endings
    assert [pending.handle for pending in endings.of(5)] == [one, two]
    assert [pending.handle for pending in endings.of(None)] == [key]
    assert endings.of(6) == []
    session.cancel(one)
    session.cancel(other)
    assert [pending.handle for pending in endings.of(5)] == [two]
    session.cancel(two)
    session.cancel(key)
    assert endings.of(5) == []
    assert endings.of(None) == []
    assert endings._pending == {}, "nothing is kept of what was settled"
