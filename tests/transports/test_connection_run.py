"""Which failures of a request a connection hands to the flow that made it, and which end the run."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl.auth import Invoke
from sansio_tl.errors import MethodInvalid, RemoteProtocolError
from tests.helpers.adapters import Adapter, AwaitableConnection, each_adapter
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import ANSWERED, ScriptedDataCenter

pytestmark = each_adapter

UNREADABLE = RemoteProtocolError("TL1", "an answer that cannot be read")
FAILS = MethodInvalid()


class OneRequest:
    """A flow that makes one request, and notes what became of it."""

    def __init__(self) -> None:
        self.actions: list[Any] = [Invoke(ANSWERED)]
        self.errors: list[Exception] = []

    def next_action(self) -> Any:
        return self.actions[0] if self.actions else None

    def receive_error(self, error: Exception, *, now: float) -> None:
        self.actions.clear()
        self.errors.append(error)


@pytest.mark.parametrize(
    ("error", "closed", "ends"),
    [(UNREADABLE, False, False), (UNREADABLE, True, True), (FAILS, False, False), (FAILS, True, False)],
)
def test_flow_run_ends_only_if_the_outcome_of_a_request_is_unknown(
    adapter: Adapter, error: Exception, closed: bool, ends: bool
) -> None:
    async def scenario() -> None:
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.connect(server.address, client_config()) as connection,
        ):
            inside: Any = connection._connection if isinstance(connection, AwaitableConnection) else connection

            def fails(function: Any, **_: Any) -> Any:
                if closed:
                    inside._driver.close()
                raise error

            async def fails_later(function: Any) -> Any:
                fails(function)

            inside.invoke = fails if isinstance(connection, AwaitableConnection) else fails_later
            flow: Any = OneRequest()
            if ends:
                with pytest.raises(RemoteProtocolError):
                    await connection.run(flow)
            else:
                await connection.run(flow)
            assert flow.errors == ([] if ends else [error])

    adapter.run(scenario)
