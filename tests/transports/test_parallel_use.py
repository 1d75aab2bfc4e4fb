"""AUTH_KEY_DUPLICATED on a busy server: a client that was killed is in use no more as soon as its end has come."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import count

import pytest

from sansio_tl import Config, Connection, functions
from sansio_tl.events import RequestFailed, ResultReceived
from sansio_tl.mtproto.server.key_store import KeyStore
from sansio_tl.testing import DataCenter, DataCenterConfig
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.fair_queue import FairQueue, ServerConnectionRunner
from tests.helpers.entropy import SeededEntropy
from tests.helpers.rsa_key import rsa_key

NUMBER = "+12025550100"


class BusyServer:
    """A data center that handles data of one connection in each turn of its loop: each takes longer than a turn."""

    def __init__(self) -> None:
        self.clock = Clock(lambda: 0.0)
        self.keys = KeyStore()
        config = DataCenterConfig(private_key=rsa_key(), detect_parallel_use=True)
        self.data_center = DataCenter(config, keys=self.keys, entropy=SeededEntropy("server"), now=self.clock())
        self.data_center.add_account(NUMBER)
        self.soon: deque[Callable[[], None]] = deque()
        seconds = count()
        self.queue = FairQueue(self.soon.append, lambda: float(next(seconds)))

    def connect(self, seed: str, *, login: bool = False) -> Client:
        """A client of the last login, or of a new one."""
        if login:
            self.data_center.new_session(NUMBER, now=self.clock())
        return Client(self, seed)

    def turn(self) -> None:
        """The next turn of the loop."""
        for _ in range(len(self.soon)):
            self.soon.popleft()()


class Client:
    """A process with a login; its socket is what the test passes on."""

    def __init__(self, server: BusyServer, seed: str) -> None:
        *_, record = server.keys.values()
        self.server, self.bugs = server, list[Exception]()
        config = Config(api_id=1, public_keys=(server.data_center.public_key,))
        self.connection = Connection(config, auth_key=record.auth_key, entropy=SeededEntropy(seed), now=server.clock())
        self.runner = ServerConnectionRunner(
            server.data_center.accept(now=server.clock()),
            server.clock,
            lambda: None,
            self.bugs.append,
            server.queue,
            lambda: None,
        )

    def request(self) -> None:
        """Send a request."""
        self.connection.invoke(functions.updates.GetState(), now=self.server.clock())
        self.runner.receive(self.connection.data_to_send(now=self.server.clock()))

    def end(self) -> None:
        """The process is killed."""
        self.runner.receive(b"")

    def outcomes(self) -> list[str]:
        """What has become of its requests: "ok", or the error."""
        for _ in range(20):  # a salt, and with it the request again
            self.server.turn()
            if answer := self.runner.output():
                self.connection.receive_data(answer, now=self.server.clock())
            if data := self.connection.data_to_send(now=self.server.clock()):
                self.runner.receive(data)
        assert not self.bugs
        events = iter(self.connection.next_event, None)
        ends = [event for event in events if isinstance(event, RequestFailed | ResultReceived)]
        return ["ok" if isinstance(event, ResultReceived) else str(event.error).partition(" ")[0] for event in ends]


@pytest.fixture
def server() -> BusyServer:
    return BusyServer()


def test_killed_client_is_not_in_use_although_the_server_is_busy(server: BusyServer) -> None:
    killed = server.connect("killed", login=True)
    killed.request()
    assert killed.outcomes() == ["ok"]
    other = server.connect("other")
    busy = server.connect("busy", login=True)
    busy.request()
    assert server.soon, "the turn is over: all data waits"
    killed.end()
    other.request()
    assert other.runner.is_waiting
    assert other.outcomes() == ["ok"]


def test_client_that_was_not_killed_is_in_use(server: BusyServer) -> None:
    first = server.connect("first", login=True)
    first.request()
    assert first.outcomes() == ["ok"]
    second = server.connect("second")
    second.request()
    assert second.outcomes() == ["AUTH_KEY_DUPLICATED"]
