"""What fuzzing has found, each as a test that says what was wrong. The inputs are in the corpus as `found-...`."""

from __future__ import annotations

import pytest

from sansio_tl.errors import RemoteProtocolError
from sansio_tl.framing import AutoDetectFraming, Packet
from sansio_tl.framing.factory import client_framing
from sansio_tl.framing.http_client import HttpClient
from sansio_tl.limits import Limits
from sansio_tl.role import Role
from tests.fuzz.fixtures import NOW, SMALL, Stream


def test_TR11_http_response_before_its_request_is_refused() -> None:
    connection = HttpClient(host="example.org")
    connection.send_packet(bytes(40))
    connection.receive_data(b"HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n" + bytes(range(64)))
    with pytest.raises(RemoteProtocolError, match="TR11"):
        connection.next_event()
    assert connection.data_to_send() == b""  # was an AttributeError out of the HTTP library


def test_TR9_packets_before_an_invalid_websocket_frame_are_returned() -> None:
    client = client_framing("websocket", entropy=Stream(), now=NOW, host="example.org")(Role.CLIENT, Limits())
    server = AutoDetectFraming(SMALL, entropy=Stream())
    server.receive_data(client.data_to_send())
    client.receive_data(server.data_to_send())
    client.send_packet(bytes(range(40)))
    server.receive_data(client.data_to_send() + b"\xff" * 40)  # raised at once, and the packet was gone
    assert server.next_event() == Packet(bytes(range(40)))
    with pytest.raises(RemoteProtocolError, match="TR11"):
        server.next_event()
    with pytest.raises(RemoteProtocolError, match="TR11"):
        server.receive_data(b"")
