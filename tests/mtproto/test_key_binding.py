"""What waits while a temporary key does not stand for the permanent one yet."""

from __future__ import annotations

from sansio_tl import functions
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client_session import ClientSession
from tests.crypto.stream import Stream
from tests.pair import NOW


def test_HS18_requests_wait_until_the_key_is_bound_and_who_gives_up_leaves_nothing_behind() -> None:
    session = ClientSession(
        AuthKey(bytes(256)), temporary=True, first_call_prefix=b"", limits=Limits(), entropy=Stream("s"), now=NOW
    )
    handles = [session.invoke(functions.help.GetNearestDc()) for _ in range(3)]
    assert list(session.packets_to_send(NOW)) == []
    session.cancel(handles[0])
    session.give_up(session.pending()[0], "enough")
    assert [pending.handle for pending in session.binding.held.values()] == handles[2:]
    session.bound()
    assert len(list(session.packets_to_send(NOW))) == 1
    assert not session.binding.held
