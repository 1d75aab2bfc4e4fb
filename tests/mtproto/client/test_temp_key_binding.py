"""Requests that wait until a temporary key is bound."""

from __future__ import annotations

import pytest

from sansio_tl import codec, functions, types
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import RemoteProtocolError, RpcError
from sansio_tl.events import OutcomeUnknown, ResultReceived
from sansio_tl.mtproto.client.session import ClientSession
from sansio_tl.mtproto.message import Message
from tests.helpers.connected_pair import NOW, client_config
from tests.helpers.entropy import SeededEntropy
from tests.helpers.scripted_server import KEY, ScriptedServer, result


def _unbound() -> ScriptedServer:
    """A session with a temporary key that is not bound yet."""
    peer = ScriptedServer()
    peer.session = ClientSession(
        KEY,
        temporary=True,
        init_connection_prefix=client_config().init_connection_prefix(),
        limits=peer.limits,
        entropy=SeededEntropy("s"),
        now=NOW,
    )
    return peer


def test_HS18_requests_wait_for_the_binding_and_can_be_cancelled_meanwhile() -> None:
    peer = _unbound()
    session = peer.session
    abandoned = session.invoke(functions.help.GetNearestDc())
    session.abandon_all("enough")
    assert session.take_events() == [OutcomeUnknown(abandoned, "enough")]
    handles = [session.invoke(functions.help.GetNearestDc()) for _ in range(3)]
    assert list(session.packets_to_send(NOW)) == []
    assert session.counts().deferred == 3
    session.cancel(handles[0])
    assert session.counts().deferred == 2
    session.bind(AuthKey(SeededEntropy("permanent")(256)), int(NOW) + 86400)
    (binding,) = peer.receive()
    peer.send(result(binding.msg_id, (0x997275B5).to_bytes(4, "little")))
    assert session.counts().deferred == 0
    for message in peer.receive_requests():
        peer.send(result(message.msg_id))
    outcomes = [event for event in session.take_events() if isinstance(event, ResultReceived)]
    assert [event.handle for event in outcomes] == handles[1:]


def test_HS18_answer_that_the_key_is_not_bound_is_an_error() -> None:
    peer = _unbound()
    handle = peer.invoke()
    peer.session.bind(AuthKey(SeededEntropy("permanent")(256)), int(NOW) + 86400)
    (binding,) = _bindings(peer)
    peer.send(result(binding.msg_id, (0xBC799737).to_bytes(4, "little")))
    assert peer.events() == []
    assert str(peer.session.binding_error) == "HS18: the server did not bind the temporary key"
    assert peer.session.is_pending(handle)
    assert peer.receive_requests() == []


def test_rpc_result_to_a_ping_is_no_answer_to_the_binding() -> None:
    peer = _unbound()
    peer.session.bind(AuthKey(SeededEntropy("permanent")(256)), int(NOW) + 86400)
    ping = peer.session.invoke(functions.mtproto.Ping(7))
    (sent,) = [message for message in peer.receive() if message.body[:4] == b"\xec\x77\xbe\x7a"]
    pong = types.mtproto.Pong(sent.msg_id, 7)
    peer.send(result(sent.msg_id, pong))
    assert peer.events() == [ResultReceived(ping, pong)]


def _bindings(peer: ScriptedServer) -> list[Message]:
    """The requests for the binding that leave now."""
    return [
        message
        for message in peer.receive()
        if message.body[:4] == functions.auth.BindTempAuthKey.ID.to_bytes(4, "little")
    ]


def _refuse(peer: ScriptedServer, binding: Message, code: int = 16) -> None:
    peer.send(types.mtproto.BadMsgNotification(binding.msg_id, binding.seqno, code))


def test_HS18_binding_with_a_rejected_id_is_sent_with_a_new_proof() -> None:
    peer = ScriptedServer()
    peer.session.bind(AuthKey(SeededEntropy("permanent")(256)), int(NOW) + 86400)
    (first,) = _bindings(peer)
    peer.session.connection_made(peer.now)
    (again,) = _bindings(peer)
    assert again.msg_id == first.msg_id
    _refuse(peer, again)
    (anew,) = _bindings(peer)
    assert anew.msg_id != first.msg_id
    proofs = [codec.decode(message.body).encrypted_message for message in (first, anew)]  # type: ignore[attr-defined]
    assert proofs[0] != proofs[1], "the proof names the message id under which it leaves"


@pytest.mark.parametrize("reconnects", [False, True])
def test_HS18_binding_that_is_always_rejected_is_an_error(*, reconnects: bool) -> None:
    peer = ScriptedServer()
    peer.session.bind(AuthKey(SeededEntropy("permanent")(256)), int(NOW) + 86400)
    for _ in range(peer.limits.max_resends + 1):
        assert peer.session.binding_error is None
        (binding,) = _bindings(peer)
        if reconnects:
            peer.session.connection_made(peer.now)
            (binding,) = _bindings(peer)
        _refuse(peer, binding)
    assert isinstance(peer.session.binding_error, RemoteProtocolError)
    assert not _bindings(peer)


@pytest.mark.parametrize("name", ["CONNECTION_NOT_INITED", "CONNECTION_LAYER_INVALID"])
def test_HS18_binding_answered_with_connection_not_inited_is_an_error(name: str) -> None:
    peer = ScriptedServer()
    peer.session.bind(AuthKey(SeededEntropy("permanent")(256)), int(NOW) + 86400)
    (binding,) = _bindings(peer)
    peer.send(result(binding.msg_id, types.mtproto.RpcError(400, name)))
    assert isinstance(peer.session.binding_error, RpcError)
    assert not _bindings(peer)


def test_HS19_lost_binding_is_repeated_once_for_many_refused_requests() -> None:
    peer = ScriptedServer()
    peer.session.bind(AuthKey(SeededEntropy("permanent")(256)), int(NOW) + 86400)
    (binding,) = _bindings(peer)
    peer.send(result(binding.msg_id, b"\xb5\x75\x72\x99"))
    handles = [peer.invoke() for _ in range(3)]
    asked = peer.receive_requests()
    assert len(asked) == 3
    for message in asked:
        peer.send(result(message.msg_id, types.mtproto.RpcError(401, "AUTH_KEY_PERM_EMPTY")))
    (anew,) = _bindings(peer)
    peer.send(result(anew.msg_id, b"\xb5\x75\x72\x99"))
    assert len(peer.receive_requests()) == 3
    assert all(peer.session.is_pending(handle) for handle in handles)
