"""TR15: the memory of a connection that has ended, while its events are still referenced."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from weakref import ref

import pytest

from sansio_tl.connection.base import without_frames
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.events import ConnectionClosed, UndecodableMessage
from sansio_tl.framing import Framing
from sansio_tl.framing.abridged import Abridged
from sansio_tl.framing.buffer import ReceiveBuffer
from sansio_tl.framing.full import Full
from sansio_tl.framing.http_client import HttpClient
from sansio_tl.framing.intermediate import Intermediate
from sansio_tl.framing.obfuscated import Obfuscated
from sansio_tl.role import Role
from tests.helpers.entropy import SeededEntropy
from tests.mtproto.server.scripted_client import ScriptedClient, ScriptedConnection

pytestmark = pytest.mark.interpreted  # weak references and the collector see nothing of compiled objects

_SIZE = 1 << 16
_FRAMINGS: dict[str, Callable[[], Framing]] = {
    "abridged": lambda: Abridged(Role.CLIENT),
    "intermediate": lambda: Intermediate(Role.CLIENT),
    "full": lambda: Full(Role.CLIENT),
    "http": HttpClient,
    "obfuscated": lambda: Obfuscated(Role.CLIENT, entropy=SeededEntropy("header")),
}


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    """Memory that waits for the garbage collector may wait for long."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("ends", ["hangs up", "is closed"])
@pytest.mark.parametrize("framing", _FRAMINGS)
def test_TR15_connection_that_ended_inside_a_packet_frees_its_bytes(framing: str, ends: str) -> None:
    client = ScriptedClient()
    client_end = _FRAMINGS[framing]()
    client_end.send_packet(client.key.id + bytes(_SIZE))
    connection = ScriptedConnection(client)
    connection.server.receive_data(client_end.data_to_send()[:-8], now=client.now)
    if ends == "hangs up":
        connection.disconnect()
    else:
        connection.server.close(now=client.now)
    [event] = connection.events()
    assert isinstance(event, ConnectionClosed)
    assert isinstance(event.error, RemoteProtocolError) == (ends == "hangs up")
    alive = ref(connection.server), ref(connection.server._framing)
    del connection
    assert [each() for each in alive] == [None, None]


def test_TR15_received_bytes_are_freed_while_the_connection_object_lives() -> None:
    client = ScriptedClient()
    server = client.connection.server
    server.receive_data(b"\xee" * 4 + _SIZE.to_bytes(4, "little") + client.key.id + bytes(_SIZE // 2), now=client.now)
    assert len(_large_buffers()) == 1
    server.close(now=client.now)
    assert _large_buffers() == []


def _large_buffers() -> list[int]:
    return [each.size for each in gc.get_objects() if isinstance(each, ReceiveBuffer) and each.size >= _SIZE // 2]


def test_TR15_errors_in_events_have_no_traceback_frames() -> None:
    client = ScriptedClient()
    client.start_session()
    client.send(b"\x00" * 8, content_related=False)
    client.connection.server.receive_data(b"\xff" * 4, now=client.now)
    errors = [
        event.error for event in client.connection.events() if isinstance(event, UndecodableMessage | ConnectionClosed)
    ]
    assert errors
    for error in errors:
        assert error is not None
        assert error.__traceback__ is None
        assert error.__context__ is None


def test_TR15_cause_of_an_error_is_kept_without_frames() -> None:
    def fail() -> None:
        try:
            int("no number")
        except ValueError as cause:
            raise RemoteProtocolError("TR11", "the error") from cause

    with pytest.raises(RemoteProtocolError) as raised:
        fail()
    error = without_frames(raised.value)
    assert isinstance(error.__cause__, ValueError)
    for each in error, error.__cause__:
        assert each.__traceback__ is None
        assert each.__context__ is None
