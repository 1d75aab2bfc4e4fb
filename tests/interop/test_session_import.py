"""A login moves from our client to another one and back, as a string and as a file, without a new login."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from sansio_tl import ClientConfig, Endpoint, functions, session_strings, types
from sansio_tl.codec.schema import Schema
from sansio_tl.session_strings import SavedAccount
from sansio_tl_transports import session_files, sync
from sansio_tl_transports.testing.server_thread import RunningDataCenter, ServerThread
from tests.interop.client import Client, running
from tests.interop.matrix import Matrix
from tests.interop.peers import PEERS, Peer

pytestmark = [pytest.mark.interop, pytest.mark.peers]

TAKES_STRING, TAKES_FILE = "takes our session string", "takes our session file"
GIVES_STRING, GIVES_FILE = "gives its session string", "gives its session file"
KEEP_NO_ADDRESS = {
    ("pyrogram", GIVES_STRING),
    ("pyrogram", GIVES_FILE),
    ("kurigram", GIVES_STRING),
    ("kurigram", GIVES_FILE),  # Telegram's own, wherever the connection is made
    ("mtcute", GIVES_FILE),  # as long as it was sent nowhere else
}
"""Whose own data center is not in what they write."""
NUMBERS = count(12025560000)

Run = Callable[..., AbstractContextManager[Client]]


@pytest.fixture(scope="module")
def data_center(schemas: Mapping[int, Schema]) -> Iterator[RunningDataCenter]:
    """On a port that GramJS can write down in a string."""
    with ServerThread() as server_thread:
        yield server_thread.open(port=free_port_below(32768), schemas=schemas, explain_errors=False)


def free_port_below(end: int) -> int:
    for port in range(end - 1, 1024, -1):
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no port is free")


MOVING = [peer for peer in PEERS if not peer.settings and peer.place.name in session_strings.FORMATS]


@pytest.fixture(params=MOVING, ids=lambda peer: peer.name.lower())
def peer(request: pytest.FixtureRequest) -> Peer:
    peer: Peer = request.param
    return peer


@pytest.fixture
def number(data_center: RunningDataCenter) -> str:
    number = str(next(NUMBERS))
    data_center.add_account(number)
    return number


@pytest.fixture
def run(peer: Peer, data_center: RunningDataCenter) -> Run:
    """Start their client, with a session to go on with."""

    def start(**session: Any) -> AbstractContextManager[Client]:
        return running(peer.place, {2: data_center.address}, data_center.public_key, peer.framings[0], **session)

    return start


@pytest.fixture
def done(peer: Peer, matrix: Matrix) -> dict[str, bool]:
    return matrix.row(peer.name, peer.version, peer.layer, peer.framings[0])


def test_other_library_continues_our_session(
    peer: Peer, data_center: RunningDataCenter, number: str, run: Run, done: dict[str, bool], tmp_path: Path
) -> None:
    done |= {TAKES_STRING: False, TAKES_FILE: False}
    library = peer.place.name
    with sync.open_client(settings(data_center)) as account:
        account.login(number, api_hash="hash", code=lambda prompt: data_center.code_for(number))
        saved = SavedAccount.from_snapshot(account.snapshot(), api_id=1)
    with run(string=session_strings.FORMATS[library].write(saved)) as client:
        is_logged_in(client, peer, number)
    done[TAKES_STRING] = True
    path = tmp_path / "ours.session"
    session_files.FORMATS[library](saved, path, now=time.time())
    with run(file=str(path)) as client:
        is_logged_in(client, peer, number)
    done[TAKES_FILE] = True


def is_logged_in(client: Client, peer: Peer, number: str) -> None:
    assert client.do("connect") == {"layer": peer.layer, "dc": 2}
    assert client.do("me") == {"user": number}
    client.do("disconnect")


def test_session_of_another_library_is_continued(
    peer: Peer, data_center: RunningDataCenter, number: str, run: Run, done: dict[str, bool], tmp_path: Path
) -> None:
    done |= {GIVES_STRING: False, GIVES_FILE: False}
    path = tmp_path / "theirs.session"
    with run(file=str(path)) as client:
        client.do("connect")
        client.do("send_code", phone=number)
        assert client.do("sign_in", code=data_center.code_for(number)) == {"user": number}
        string = client.do("export")["string"]
        client.do("disconnect")
    library = peer.place.name
    assert session_strings.read(string) == session_strings.FORMATS[library].read(string)
    for step, account in ((GIVES_STRING, session_strings.read(string)), (GIVES_FILE, session_files.read(path))):
        here = (
            replace(account, host=data_center.host, port=data_center.port)
            if (library, step) in KEEP_NO_ADDRESS
            else account
        )
        with sync.open_client(
            ClientConfig(connection_config=data_center.config()), snapshot=here.to_snapshot()
        ) as ours:
            (user,) = ours.invoke(functions.users.GetUsers([types.InputUserSelf()]), timeout=30)
        assert isinstance(user, types.User)
        assert user.phone == number
        assert account.user_id in {None, user.id}
        assert not account.is_bot
        done[step] = True


def settings(data_center: RunningDataCenter) -> ClientConfig:
    return ClientConfig(connection_config=data_center.config(), endpoints={2: (Endpoint(*data_center.address),)})
