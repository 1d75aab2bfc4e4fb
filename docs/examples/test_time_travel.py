"""Test what takes hours in seconds: client and data center are in one process, on a clock of the test."""

from random import Random

from sansio_tl import auth, errors, functions
from sansio_tl.testing import CodeSent, DataCenter, InMemoryClient

NOW = 1_767_225_600.0
NUMBER = "+12025550100"


def test_code_expires_and_a_flood_is_waited_for() -> None:
    data_center = DataCenter(entropy=Random("server").randbytes, now=NOW)
    data_center.add_account(NUMBER)
    client = InMemoryClient(data_center, entropy=Random("client").randbytes, now=NOW)
    flow = auth.log_in(NUMBER, api_id=1, api_hash="any")

    data_center.answer("auth.sendCode", "FLOOD_WAIT_45", times=1)
    client.run(flow)  # the client waits, and sends the request again
    assert client.now >= NOW + 45

    [code] = [event.code for event in iter(data_center.next_event, None) if isinstance(event, CodeSent)]
    client.advance(300)
    flow.enter_code(code)
    client.run(flow)
    assert isinstance(flow.error, errors.PhoneCodeExpired)


def test_broken_connection_is_opened_again_within_a_minute() -> None:
    data_center = DataCenter(entropy=Random("server").randbytes, now=NOW)
    account = data_center.add_account(NUMBER)
    session = data_center.new_session(account, now=NOW)
    client = InMemoryClient(data_center, snapshot=session, entropy=Random("client").randbytes, now=NOW)
    client.invoke(functions.updates.GetState())

    client.online = False
    data_center.cut_connections(now=client.now)
    client.advance(3600)
    client.online = True
    client.advance(60)
    client.invoke(functions.updates.GetState(), timeout=0)  # it is connected, and is answered at once
