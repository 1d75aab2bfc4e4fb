"""Requests that destroy a session or a key are found by their target until they end."""

from __future__ import annotations

from sansio_tl import functions, types
from sansio_tl.events import ResultReceived
from sansio_tl.mtproto.client.destroy_requests import Endings
from tests.helpers.scripted_server import ScriptedServer


def test_pending_destroy_request_is_found_by_what_it_destroys() -> None:
    session = ScriptedServer().session
    one, two, key, _ = (
        session.invoke(function)
        for function in (
            functions.mtproto.DestroySession(5),
            functions.mtproto.DestroySession(5),
            functions.mtproto.DestroyAuthKey(),
            functions.mtproto.Ping(5),
        )
    )
    endings = Endings()
    pending = session.pending()
    for request in pending:
        endings.add(request)
    assert [request.handle for request in endings.of(5)] == [one, two]
    assert [request.handle for request in endings.of(None)] == [key]
    assert endings.of(6) == []
    endings.remove(pending[0])
    endings.remove(pending[3])
    assert [request.handle for request in endings.of(5)] == [two]
    endings.remove(pending[1])
    assert endings
    endings.remove(pending[2])
    assert endings.of(5) == []
    assert endings.of(None) == []
    assert not endings, "nothing is kept of what was settled"


def test_cancelled_destroy_request_is_not_answered() -> None:
    peer = ScriptedServer()
    one, two = (peer.session.invoke(functions.mtproto.DestroySession(5)) for _ in range(2))
    peer.receive()
    peer.session.cancel(one)
    answer = types.mtproto.DestroySessionOk(5)
    peer.send(answer, seqno=0)
    assert peer.events() == [ResultReceived(two, answer)]
