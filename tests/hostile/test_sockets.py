"""The resources that one peer can use over real sockets, with each adapter, while other clients are served."""

from __future__ import annotations

import contextlib
import functools
import os
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sansio_tl import KeyStore, functions, types
from sansio_tl.connection.server import KeyRecord
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import ConnectionLostError
from sansio_tl.framing import Intermediate, Packet
from sansio_tl.limits import Limits
from sansio_tl.mtproto.container import CONTAINER, join, split
from sansio_tl.mtproto.envelope import decrypt_message
from sansio_tl.mtproto.message import Message
from sansio_tl.role import Role
from sansio_tl.testing import DataCenter, DataCenterConfig
from tests.helpers import attacker as attackers
from tests.helpers.adapters import Adapter, each_adapter
from tests.helpers.attacker import KEY, SALT, Attacker
from tests.helpers.connected_pair import client_config
from tests.helpers.rsa_key import rsa_key

pytestmark = [each_adapter, pytest.mark.timeout(60)]
SOON = 0.3
"""A short timeout in seconds for a server with a long default."""
GOOD = AuthKey(bytes(range(256)))
"""The key of an honest client."""
NEAREST = functions.help.GetNearestDc()
QUESTION = functions.mtproto.GetFutureSalts(num=64)
MANY, FEW = 12_000, 3_000
"""Questions, a third of a megabyte with answers of 12, four of which the system takes; and answers kept by a server."""


@pytest.fixture
def attacker(monkeypatch: pytest.MonkeyPatch) -> Attacker:
    """One who lives now."""
    monkeypatch.setattr(attackers, "NOW", time.time())
    monkeypatch.setattr(attackers, "TICK", 2**-20)  # a thousand messages in a thousandth of a second
    return Attacker(Role.CLIENT)


def data_center(keys: KeyStore | None = None, **limits: Any) -> DataCenter:
    """A data center that knows both keys."""
    keys = KeyStore() if keys is None else keys
    long_answers = {"salt_answer_interval": 0.0} | limits  # as long as they could be made otherwise
    settings = DataCenterConfig(private_key=rsa_key(), limits=Limits(**long_answers))
    for key in (KEY, GOOD):
        keys[key.id] = KeyRecord(key, SALT, created_at=time.time() - 10)
    return DataCenter(settings, keys=keys, entropy=os.urandom, now=time.time())


@contextlib.contextmanager
def connected(address: tuple[str, int], *, small: bool = False) -> Iterator[socket.socket]:
    """A socket of the attacker, with buffers as small as the system allows."""
    with socket.socket() as sock:
        if small:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(60)
        sock.connect(address)
        yield sock


def disconnected(sock: socket.socket) -> bool:
    """Whether the server has ended the connection, once it sends nothing more."""
    try:
        while sock.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def against(adapter: Adapter, served: DataCenter, attack: Callable[[tuple[str, int]], None], **settings: Any) -> None:
    """Attack a server, in a thread, while an honest client goes on making requests, which have to be answered."""

    limits = served.config.limits
    impatient = SOON in (limits.handshake_timeout, limits.idle_timeout)
    """Whether the good client may be disconnected, too, when the machine has no time for it; it is let in again."""

    async def scenario() -> None:
        failures: list[BaseException] = []

        async with adapter.serve(served, **settings) as server:

            def attacking() -> None:
                try:
                    attack(server.address)
                except BaseException as failure:  # noqa: BLE001  raised below
                    failures.append(failure)

            thread: threading.Thread | None = None
            while thread is None or thread.is_alive():
                try:
                    async with adapter.connect(server.address, client_config(), auth_key=GOOD) as conn:
                        assert isinstance(await conn.invoke(NEAREST, timeout=60), types.NearestDc)
                        if thread is None:
                            thread = threading.Thread(target=attacking)
                            thread.start()
                        while thread.is_alive():
                            assert isinstance(await conn.invoke(NEAREST, timeout=60), types.NearestDc)
                            await adapter.sleep(0.01)
                except ConnectionLostError:
                    if not impatient:
                        raise
        if failures:
            raise failures[0]

    adapter.run(scenario)


def test_HS15_silent_client_is_disconnected(adapter: Adapter) -> None:
    def attack(address: tuple[str, int]) -> None:
        with connected(address) as sock:
            assert disconnected(sock)

    against(adapter, data_center(handshake_timeout=SOON), attack)


def test_HS15_client_that_sends_its_handshake_slowly_is_disconnected(adapter: Adapter) -> None:
    def attack(address: tuple[str, int]) -> None:
        with connected(address) as sock, contextlib.suppress(OSError):
            sock.sendall(b"\xee\xee\xee\xee\x28\x00\x00\x00")
            for _ in range(39):
                time.sleep(SOON / 2)
                sock.sendall(b"\0")
            pytest.fail("a packet of the handshake took longer than it may")

    against(adapter, data_center(handshake_timeout=SOON), attack)


def test_MS25_client_that_becomes_silent_is_disconnected(adapter: Adapter, attacker: Attacker) -> None:
    def attack(address: tuple[str, int]) -> None:
        with connected(address) as sock:
            sock.settimeout(10)  # sooner than the handshake would have to be complete
            sock.sendall(attacker.wire.data_to_send() + attacker.packet(functions.mtproto.Ping(ping_id=1)))
            assert disconnected(sock)

    against(adapter, data_center(idle_timeout=SOON), attack)


def test_MS25_client_that_sends_a_packet_slowly_is_disconnected(adapter: Adapter, attacker: Attacker) -> None:
    def attack(address: tuple[str, int]) -> None:
        with connected(address) as sock, contextlib.suppress(OSError):
            sock.sendall(
                attacker.wire.data_to_send() + attacker.packet(functions.mtproto.Ping(ping_id=1)) + b"\0\0\1\0"
            )
            for _ in range(100):
                time.sleep(SOON / 4)
                sock.sendall(b"\0")
            pytest.fail("a packet took longer than it may")

    against(adapter, data_center(idle_timeout=SOON), attack)


def test_server_stops_reading_from_a_client_that_does_not_read(adapter: Adapter, attacker: Attacker) -> None:
    keys = KeyStore()
    served = data_center(keys)

    def attack(address: tuple[str, int]) -> None:
        with connected(address, small=True) as sock:
            for _ in range(0, MANY, 1000):
                sock.sendall(attacker.container(*(attacker.message(QUESTION, content=False) for _ in range(1000))))
            assert waiting(keys) < FEW, "a server that takes whatever comes has to keep the answers"
            sock.settimeout(20)
            assert answers_in(sock, MANY) == MANY, "and a client that reads after all is answered in full"

    against(adapter, served, attack)


def test_busy_connections_and_a_quick_one_are_all_answered(adapter: Adapter, attacker: Attacker) -> None:
    """Containers of a thousand questions on eight connections: each waits for its turn, and none is forgotten."""

    def attack(address: tuple[str, int]) -> None:
        with contextlib.ExitStack() as stack:
            socks = [stack.enter_context(connected(address)) for _ in range(8)]
            for session, sock in enumerate(socks):
                attacker.wire = Intermediate(Role.CLIENT)
                questions = [attacker.message(QUESTION, content=False) for _ in range(1000)]
                sock.sendall(attacker.packet_of(Message(attacker.next_id(), 0, join(questions)), session=session))
            for sock in socks:
                sock.settimeout(20)
                assert answers_in(sock, 1000) == 1000

    against(adapter, data_center(), attack)


def waiting(keys: KeyStore) -> int:
    """How many messages the server keeps for the attacker, once it reads no more of what the attacker has sent."""
    newest, unmoved = None, 0
    while True:
        time.sleep(SOON)
        sessions = list(keys[KEY.id].sessions.values())
        now = [session.received.newest_id for session in sessions]
        unmoved = unmoved + 1 if now and now == newest else 0
        if unmoved == 3:  # on a busy machine a server may do nothing for a while
            return sum(session.outbox.queued for session in sessions)
        newest = now


def answers_in(sock: socket.socket, expected: int) -> int:
    """Read until so many answers have come, or nothing comes any more."""
    wire = Intermediate(Role.CLIENT)
    received = 0
    with contextlib.suppress(TimeoutError):
        while received < expected and (data := sock.recv(1 << 20)):
            wire.receive_data(data)
            while isinstance(packet := wire.next_event(), Packet):
                message = decrypt_message(packet.payload, lambda _: KEY, Role.SERVER).message
                parts = split(message.body, Limits()) if message.constructor == CONTAINER else [message]
                received += sum(part.constructor == _ANSWER for part in parts)
    return received


_ANSWER = types.mtproto.FutureSalts.ID.to_bytes(4, "little")


def test_exhausting_the_connection_limit_does_not_affect_open_connections(adapter: Adapter) -> None:
    def attack(address: tuple[str, int]) -> None:
        with contextlib.ExitStack() as stack:
            socks = [stack.enter_context(connected(address)) for _ in range(20)]
            gone: set[socket.socket] = set()
            while len(gone) < 17:
                readable, _, _ = select.select([sock for sock in socks if sock not in gone], [], [])
                gone.update(filter(disconnected, readable))
            for sock in socks:
                sock.settimeout(SOON)
            assert sum(map(disconnected, socks)) == 17, "three of four connections, beside the honest client, were open"

    against(adapter, data_center(), attack, max_connections=4)


def test_server_recovers_after_running_out_of_file_descriptors(
    adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[int] = []
    accept = socket.socket.accept

    @functools.wraps(accept)
    def overloaded(listener: socket.socket) -> Any:
        if len(refused) < 3 and armed.is_set():
            refused.append(1)
            raise OSError(24, "Too many open files")
        return accept(listener)

    armed = threading.Event()
    monkeypatch.setattr(socket.socket, "accept", overloaded)

    def attack(address: tuple[str, int]) -> None:
        armed.set()
        with connected(address) as sock:
            sock.sendall(b"\xee\xee\xee\xee\xff\xff\xff\xff")
            assert disconnected(sock), "it was accepted in the end, and sent something wrong"

    if type(adapter).__name__ == "Sync":
        against(adapter, data_center(), attack)
        assert len(refused) == 3
