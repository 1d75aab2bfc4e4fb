"""MS35: a `now` that no message can carry is refused at once, in both roles."""

from __future__ import annotations

from math import inf, nan

import pytest

from sansio_tl import functions
from sansio_tl.connection import Connection
from sansio_tl.errors import LocalProtocolError
from sansio_tl.events import ResultReceived
from sansio_tl.limits import MAX_TEMPORARY_KEY_LIFETIME
from sansio_tl.server import KeyStore, ServerConfig, ServerConnection
from tests.crypto.stream import Stream
from tests.mtproto.fake_server import rsa_key
from tests.pair import NEAREST, Pair, config, key_record

LATEST = (1 << 31) - (1 << 25)
WRONG = [-1.0, float(LATEST), 2.0**31, 2.0**31 + 5, 1e300, inf, -inf, nan]


@pytest.mark.parametrize("now", WRONG)
def test_MS35_a_connection_is_not_begun_at_a_time_without_message_ids(now: float) -> None:
    with pytest.raises(LocalProtocolError, match="invalid now: found"):
        Connection(config(), entropy=Stream(), now=now)
    with pytest.raises(LocalProtocolError, match="invalid now: found"):
        ServerConnection(ServerConfig(private_keys=(rsa_key(),)), KeyStore(), entropy=Stream(), now=now)


@pytest.mark.parametrize("now", WRONG)
def test_MS35_a_call_with_such_a_time_changes_nothing(now: float) -> None:
    pair = Pair(record=key_record())
    handle = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    for end in (pair.client, pair.server):
        with pytest.raises(LocalProtocolError, match="invalid now: found"):
            end.receive_data(b"\xee\xee\xee\xee", now=now)
        with pytest.raises(LocalProtocolError, match="invalid now: found"):
            end.data_to_send(now=now)
        with pytest.raises(LocalProtocolError, match="invalid now: found"):
            end.handle_deadline(now=now)
        assert not end.closed
    assert ResultReceived(handle, NEAREST) in pair.run()


def test_MS35_the_last_times_with_message_ids_are_times_as_all_others() -> None:
    pair = Pair(now=LATEST - 1000.0)
    handle = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    salts = pair.client.invoke(functions.mtproto.GetFutureSalts(64), now=pair.now)
    assert ResultReceived(handle, NEAREST) in pair.run()
    assert salts is not None
    assert not pair.server.closed


def test_MS35_the_longest_temporary_key_that_is_made_at_the_last_time_expires_within_32_bits() -> None:
    pair = Pair(now=LATEST - 1.0, temporary_key_lifetime=MAX_TEMPORARY_KEY_LIFETIME)
    handle = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    assert ResultReceived(handle, NEAREST) in pair.run()
