"""The selectors driver of docs/examples/loops in simulation runs, and drivers with bugs, which must be found."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from selectors import EVENT_READ
from typing import Any

import pytest
from selectors_driver import Driver

from code_lines import code_lines
from sansio_tl import Client
from sansio_tl.client import Action, ClientEvent, Disconnect, Send
from sansio_tl.simulation import Faults, SimHost, Violation, simulate
from sansio_tl_transports.testing.simulated_sockets import SimulatedSelector, SimulatedSocket
from test_selectors_driver import SimulatedDriver
from test_selectors_driver import test_driver_passes_the_simulation_with_all_faults as test_example  # noqa: F401


def test_page_says_how_long_the_stand_in_for_twisted_is(tmp_path: Path) -> None:
    text = Path(__file__).with_name("simulated_twisted.py").read_text("utf-8")
    shown = tmp_path / "shown.py"
    shown.write_text(text[text.index("class SimulatedReactor") : text.index("class NeverSends")], "utf-8")
    page = (Path(__file__).parents[2] / "docs" / "embedding.md").read_text("utf-8")
    assert f"driver for Twisted these are {code_lines(shown)} lines" in page


class NeverSends(Driver):
    def perform(self, action: Action) -> None:
        if not isinstance(action, Send):
            super().perform(action)


class DropsBytes(Driver):
    def handle(self, connection_id: int, sock: socket.socket, ready: int) -> None:
        if connection_id not in self.attempts and ready & EVENT_READ:
            self.client.receive_data(connection_id, sock.recv(65536)[:-1] or b"", now=self.clock())
        else:
            super().handle(connection_id, sock, ready)


class IgnoresDisconnect(Driver):
    def perform(self, action: Action) -> None:
        if not isinstance(action, Disconnect):
            super().perform(action)


class NoTime(Driver):
    def step(self) -> None:
        for key, ready in self.selector.select():
            try:
                self.handle(key.data, self.sockets[key.data], ready)
            except OSError as error:
                self.client.connection_failed(key.data, str(error), now=self.clock())
        self.pump()


def simulated(driver_class: type[Driver]) -> Callable[[Client, SimHost, Callable[[ClientEvent], None]], Any]:
    class Simulated(SimulatedDriver):
        def __init__(self, client: Client, host: SimHost, report: Callable[[ClientEvent], None]) -> None:
            self.driver = driver_class(client, host.now, report)
            self.selector = SimulatedSelector(host, self.driver.step)
            self.driver.selector, self.driver.new_socket = self.selector, self.selector.new_socket

    return Simulated


def simulate_seeds(driver_class: type[Driver]) -> None:
    for seed in range(5):
        simulate(seed, Faults.ALL, make_driver=simulated(driver_class))


@pytest.mark.parametrize("driver_class", [NeverSends, DropsBytes, IgnoresDisconnect, NoTime])
def test_driver_with_a_bug_is_detected(driver_class: type[Driver]) -> None:
    with pytest.raises(Violation):
        simulate_seeds(driver_class)


def test_simulated_socket_cannot_block() -> None:
    with pytest.raises(ValueError, match="setblocking"):
        SimulatedSocket(None, lambda: None).setblocking(True)  # type: ignore[arg-type]


class PartialSocket(SimulatedSocket):
    """Takes half of the bytes while the driver may write again."""

    partial = 0

    def send(self, data: Any, flags: int = 0) -> int:
        half = len(data) // 2 if self.ready() and len(data) > 100 else len(data)
        PartialSocket.partial += half < len(data)
        return super().send(data[:half], flags)


class WritesPartially(SimulatedDriver):
    def __init__(self, client: Client, host: SimHost, report: Callable[[ClientEvent], None]) -> None:
        super().__init__(client, host, report)
        self.driver.new_socket = lambda family: PartialSocket(host, self.selector.run)


class IgnoresRest(WritesPartially):
    def __init__(self, client: Client, host: SimHost, report: Callable[[ClientEvent], None]) -> None:
        super().__init__(client, host, report)
        self.driver.unsent = Forgetful()


class Forgetful(dict[int, bytes]):
    def __setitem__(self, key: int, value: bytes) -> None:
        super().__setitem__(key, b"")


def test_driver_sends_the_rest_of_a_partial_write() -> None:
    PartialSocket.partial = 0
    simulate(1, Faults.only("slow_answers"), make_driver=WritesPartially)
    assert PartialSocket.partial > 0


def test_driver_that_drops_the_rest_of_a_partial_write_is_detected() -> None:
    with pytest.raises(Violation):
        simulate(1, Faults.only("slow_answers"), make_driver=IgnoresRest)
