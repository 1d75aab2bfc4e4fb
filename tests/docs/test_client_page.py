"""The page of the client: its drawings match the recorded behaviour, and its driver works."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from os import urandom
from time import time
from typing import Any, cast
from xml.etree import ElementTree as ET

import pytest

import connection_drawing
import dc_session_drawing as drawing
from drive_client import Driver
from sansio_tl import Client, ClientConfig, Config, Endpoint, auth, functions, types
from sansio_tl.client import Connect, Disconnect
from sansio_tl.client.error_policy import REACTIONS, ErrorPolicy
from sansio_tl.errors import AuthKeyUnregistered
from sansio_tl.testing import DataCenter, DataCenterConfig
from sansio_tl_transports.sync import serve
from tests.helpers.rsa_key import rsa_key


def words(svg: str) -> str:
    return "\n".join(text for element in ET.fromstring(svg).iter() if (text := element.text))


def test_recorded_run_goes_through_every_state_of_a_session() -> None:
    assert set(drawing.edges()) == {
        (drawing.IDLE, drawing.CONNECTING, "a request"),
        (drawing.IDLE, drawing.CONNECTING, "key renewal"),
        (drawing.CONNECTING, drawing.CONNECTED, "connection_made"),
        (drawing.CONNECTING, drawing.WAITING, "connection_failed"),
        (drawing.WAITING, drawing.CONNECTING, "end of the back-off"),
        (drawing.CONNECTED, drawing.WAITING, "connection closed"),
        (drawing.CONNECTED, drawing.IDLE, "idle_timeout"),
        (drawing.CONNECTED, drawing.DRAINING, "key renewal"),
        (drawing.DRAINING, drawing.ENDED, "last answer"),
    }
    assert {state for edge in drawing.edges() for state in edge[:2]} == set(drawing.ORDER)


def test_every_change_of_state_is_drawn() -> None:
    drawn = words(drawing.draw())
    for before, after, cause in drawing.edges():
        for text in (before, after, cause):
            assert text in drawn


def test_recorded_connections_go_through_every_state() -> None:
    edges = set(connection_drawing.connection_edges())
    handshake = ["new", "awaiting resPQ", "awaiting server_DH_params", "awaiting dh_gen", "encrypted"]
    assert {(before, after) for before, after, _ in edges if after != "closed"} == {
        *pairwise(handshake),
        ("new", "encrypted"),
        ("awaiting dh_gen", "awaiting resPQ"),
    }
    causes = {"close()", "end of the stream", "transport error", "broken rule of the protocol"}
    for state in handshake[1:]:
        ends = {cause for before, after, cause in edges if (before, after) == (state, "closed")}
        assert ends == causes | ({"Limits.handshake_timeout"} if state != "encrypted" else set())


def test_recorded_sessions_of_a_server_go_through_every_state() -> None:
    both = {"destroy_session", "max_sessions_per_key", "the key is destroyed"}
    assert set(connection_drawing.session_edges()) == {
        ("unknown", "connected", "first message"),
        ("connected", "without a connection", "the connection ends"),
        ("connected", "without a connection", "max_sessions_per_connection"),
        ("without a connection", "connected", "message over another connection"),
        *((state, "forgotten", cause) for state in ("connected", "without a connection") for cause in both),
    }


def test_every_state_and_cause_is_drawn() -> None:
    client, server = words(connection_drawing.draw_connection()), words(connection_drawing.draw_session())
    for drawn, edges in (
        (client, connection_drawing.connection_edges()),
        (server, connection_drawing.session_edges()),
    ):
        for edge in edges:
            assert all(text in drawn for text in edge)


def test_every_reaction_and_every_error_is_drawn() -> None:
    drawn = words(drawing.draw_reactions())
    for text in (*REACTIONS, *(reaction.value for reaction in ErrorPolicy)):
        assert text in drawn


@contextmanager
def driving() -> Iterator[Driver]:
    """The driver of the page, connected to a data center."""
    data_center = DataCenter(DataCenterConfig(private_key=rsa_key()), entropy=urandom, now=time())
    with serve(data_center) as server:
        config = ClientConfig(
            connection_config=Config(api_id=1, public_keys=(data_center.public_key,)),
            endpoints={2: (Endpoint(*server.address),)},
            backoff_initial=0.1,
        )
        driver = Driver(Client(config, entropy=urandom, now=time()), time)
        yield driver
        driver.close()
        assert not driver.sockets


def test_driver_of_the_page_asks_and_is_answered() -> None:
    with driving() as driver:
        assert isinstance(driver.invoke(functions.help.GetNearestDc()), types.NearestDc)
        with pytest.raises(AuthKeyUnregistered):
            driver.invoke(functions.account.GetAccountTTL())
        assert len(driver.sockets) == len(driver.client.snapshot()["data_centers"]) == 1


@pytest.mark.parametrize("how", ["nothing can be written", "nothing can be read", "closed"])
def test_driver_of_the_page_outlives_its_connections(how: str) -> None:
    with driving() as driver:
        driver.invoke(functions.help.GetNearestDc())
        [(connection_id, lost)] = driver.sockets.items()
        lost.close()
        ours, peers = socket.socketpair()
        if how == "nothing can be read":
            ours.sendall(b"unread when the peer closes: recv fails")
            driver.sockets[connection_id] = DiscardingSocket(ours)
        elif how == "closed":
            driver.sockets[connection_id] = DiscardingSocket(ours)
        else:
            driver.sockets[connection_id] = ours
        peers.close()
        assert isinstance(driver.invoke(functions.help.GetNearestDc()), types.NearestDc)
        assert connection_id not in driver.sockets


class DiscardingSocket(socket.socket):
    """A socket that discards what is written to it."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock.family, sock.type, fileno=sock.detach())

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Discard it."""


class Scripted:
    """Stands in for a client: returns prepared actions, and records its calls."""

    def __init__(self, *actions: object) -> None:
        self.actions = list(actions)
        self.failed: list[int] = []

    def next_action(self) -> object:
        return self.actions.pop(0)

    def connection_failed(self, connection_id: int, reason: str, *, now: float) -> None:
        self.failed.append(connection_id)


def test_driver_of_the_page_sends_the_last_bytes_and_closes() -> None:
    client = Scripted(Disconnect(77, b"last bytes"), Disconnect(77, b"ignored"))
    driver = Driver(cast("Client", client), time)
    ours, peers = socket.socketpair()
    driver.sockets[77] = ours
    with peers:
        driver.step()
        assert (peers.recv(100), peers.recv(100)) == (b"last bytes", b"")
    driver.step()
    assert (driver.sockets, client.failed) == ({}, [])


def test_driver_of_the_page_reports_an_endpoint_that_cannot_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = Endpoint(*listener.getsockname())
    client = Scripted(Connect(78, 2, (closed,)))
    driver = Driver(cast("Client", client), time)
    driver.step()
    assert (driver.sockets, client.failed) == ({}, [78])


def test_driver_of_the_page_makes_the_computations_of_a_flow() -> None:
    with driving() as driver:
        flow = auth.log_in("+99966 2 0101", api_id=1, api_hash="any")
        for code in ("", "22222"):
            if code:
                flow.enter_code(code)
            driver.client.run(flow, now=time())
            while flow.prompt is None:
                driver.step()
        assert isinstance(flow.prompt, auth.PasswordPrompt)
        flow.enter_password("password", entropy=urandom)
        driver.client.run(flow, now=time())
        while not flow.finished:
            driver.step()
        assert driver.client.user_id is not None
