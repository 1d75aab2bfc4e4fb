"""Test a login without sockets, clocks or random numbers: client and data center are in one process."""

from random import Random
from typing import Any

from sansio_tl import Config, Connection, auth, errors
from sansio_tl.events import FlowFailed, FlowFinished, InputRequired
from sansio_tl.testing import CodeSent, DataCenter, DataCenterConnection

NOW = 1_700_000_000.0


def drive(flow: auth.Flow[Any], client: Connection, server: DataCenterConnection) -> None:
    """Run the flow until it needs input or has ended."""
    client.run(flow, now=NOW)
    while True:
        while (action := client.next_action()) is not None:
            client.receive_computed(action, action.job(), now=NOW)
        if up := client.data_to_send(now=NOW):
            server.receive_data(up, now=NOW)
        if down := server.data_to_send(now=NOW):
            client.receive_data(down, now=NOW)
        while (event := client.next_event()) is not None:
            match event:
                case InputRequired() | FlowFinished():
                    return
                case FlowFailed(error=error):
                    raise error


def test_wrong_code_is_rejected_and_right_code_logs_in() -> None:
    data_center = DataCenter(entropy=Random("server").randbytes, now=NOW)
    data_center.add_account("+1 555 0100", first_name="Ada", password="correct horse")
    config = Config(api_id=1, public_keys=(data_center.public_key,))
    client = Connection(config, entropy=Random("client").randbytes, now=NOW)
    server = data_center.accept(now=NOW)

    flow = auth.log_in("+1 555 0100", api_id=1, api_hash="any")
    drive(flow, client, server)
    [code] = [event.code for event in iter(data_center.next_event, None) if isinstance(event, CodeSent)]

    flow.enter_code("not " + code)
    drive(flow, client, server)
    assert isinstance(flow.error, errors.PhoneCodeInvalid)

    flow.enter_code(code)
    drive(flow, client, server)
    assert isinstance(flow.prompt, auth.PasswordPrompt)

    flow.enter_password("correct horse", entropy=Random("password").randbytes)
    drive(flow, client, server)
    assert flow.state == auth.DONE
