"""Every framing carries a conversation of both connections, in pieces of any size."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import functions, types
from sansio_tl.connection import Connection
from sansio_tl.events import ResultReceived, UpdatesReceived
from sansio_tl.framing.choose import FRAMINGS, client_framing
from sansio_tl.framing.secret import ProxySecret
from tests.crypto.stream import Stream
from tests.pair import NEAREST, NOW, Pair, config, key_record


def framing(name: str, secret: ProxySecret | None = None) -> Any:
    return client_framing(name, entropy=Stream("framing"), now=NOW, host="localhost", dc=2, secret=secret)


def converse(pair: Pair) -> None:
    for _ in range(3):
        handle = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
        for _ in range(3):
            if ResultReceived(handle, NEAREST) in pair.run():
                break
            pair.now += 20
            pair.server.handle_deadline(now=pair.now)
        assert ResultReceived(handle, NEAREST) in pair.events
    assert not pair.client.closed
    assert not pair.server.closed


@pytest.mark.parametrize("chunk", [None, 1, 100])
@pytest.mark.parametrize("name", FRAMINGS)
def test_TR9_a_conversation_over_each_framing(name: str, chunk: int | None) -> None:
    converse(Pair(framing=framing(name), chunk=chunk))


@pytest.mark.parametrize("secret", ["0123456789abcdef" * 2, "dd" + "0123456789abcdef" * 2])
def test_a_conversation_with_the_secret_of_a_proxy(secret: str) -> None:
    parsed = ProxySecret.parse(secret)
    converse(Pair(framing=framing("obfuscated padded", parsed), proxy_secrets=(parsed,)))


def test_a_conversation_in_fake_tls() -> None:
    parsed = ProxySecret.parse("ee" + "0123456789abcdef" * 2 + b"example.org".hex())
    converse(Pair(framing=framing("obfuscated padded", parsed), proxy_secrets=(parsed,)))


# -- HTTP -----------------------------------------------------------------------------------------------------------


def test_TR11_the_server_keeps_a_request_open_until_it_has_something_to_say() -> None:
    pair = Pair(record=key_record(), framing=framing("http"))
    pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.run()
    session = next(iter(next(iter(pair.keys.values())).sessions.values()))
    pair.events.clear()
    pair.server.push(session, types.UpdatesTooLong(), now=pair.now)
    assert UpdatesReceived(types.UpdatesTooLong()) in pair.run()


def test_TR11_a_request_that_was_open_long_enough_is_answered_with_nothing() -> None:
    pair = Pair(record=key_record(), framing=framing("http"))
    pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.run()
    pair.now += 11  # acknowledgements are sent meanwhile, and the client asks again
    for end in (pair.client, pair.server):
        end.handle_deadline(now=pair.now)
    pair.run()
    before = len(pair.wire)
    deadline = pair.server.next_deadline()
    assert deadline is not None
    assert deadline <= pair.now + 15
    pair.now = deadline
    pair.server.handle_deadline(now=pair.now)
    pair.run()
    assert b"content-length: 0" in pair.wire[before][1].lower()
    assert len(pair.wire) > before + 1  # the client asks again


def test_TR11_with_two_links_a_request_does_not_wait_for_the_poll() -> None:
    pair = Pair(record=key_record(), framing=framing("http"))
    pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.run()
    second = Pair(framing=framing("http"), keys=pair.keys)
    second.client = Connection(
        config(framing=framing("http")), session=pair.client.session, entropy=Stream("second"), now=pair.now
    )
    handle = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    for _ in range(4):
        second.run()
        pair.run()
    told = pair.events + second.events
    assert ResultReceived(handle, NEAREST) in told
