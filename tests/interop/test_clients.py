"""Third-party clients log in at our server, each in another process, over real sockets.

make test-peers                     all of them, in every framing that they support; writes docs/interop.json
make test-peers ARGS='-k gramjs'    one of them
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from sansio_tl import Config, functions, types
from sansio_tl.codec.schema import Schema
from sansio_tl.crypto.rsa import RsaPublicKey
from sansio_tl_transports.sync import Connection, connect
from sansio_tl_transports.testing.server_thread import RunningDataCenter, ServerThread
from tests.helpers.processes import ServeProcess, serve_process
from tests.interop.client import Client, running
from tests.interop.login_scenario import BOT, CONFIRMS, KEY, MIGRATION, PASSWORD, UserNumbers, makes_a_key
from tests.interop.matrix import Matrix
from tests.interop.peers import PEERS, SECRETS, Peer, TDLib

pytestmark = [pytest.mark.interop, pytest.mark.peers, pytest.mark.timeout(120)]


RUNS = [
    pytest.param(peer, framing, id=f"{peer.name} {framing}".lower().replace(", ", "-").replace(" ", "-"))
    for peer in PEERS
    for framing in peer.framings
]
FIRST_NUMBER = 12025550000
FIRST_FLOOD_WAIT = 61
"""Seconds: Telethon waits for shorter ones by itself. The sandbox has numbers up to 99 seconds."""
USERS = 100 - FIRST_FLOOD_WAIT
"""So many users one data center has."""


class ServedDataCenter:
    """A data center in a process of its own, and the phone numbers of its users."""

    def __init__(self, server: ServeProcess, scanner: Connection, scanner_number: str) -> None:
        self.server = server
        self.key = RsaPublicKey.from_pem(server.public_key.read_bytes())
        self._scanner = scanner
        self._scanner_number = scanner_number
        self._users = 0

    def code_for(self, digits: str) -> str:
        return self.server.code_for(f"+{digits}")

    def scan(self, token: bytes) -> str:
        """Scan a QR code as a user who is logged in with our own client; returns the number."""
        self._scanner.invoke(functions.auth.AcceptLoginToken(token))
        return self._scanner_number

    @property
    def is_used_up(self) -> bool:
        return self._users == USERS

    def next_user(self) -> UserNumbers:
        """A user with unique phone numbers."""
        user = self._users
        self._users += 1
        number, other, new = (str(FIRST_NUMBER + 10 * user + which) for which in range(3))
        return UserNumbers(number, other, new, FIRST_FLOOD_WAIT + user, self.code_for, self.scan)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], ServedDataCenter]]:
    """A data center by its number; shared by its clients, as many as it has users for."""
    options = [f"--proxy-secret={secret}" for secret in SECRETS.values()]
    with ExitStack() as stack:

        def open_server(dc: int) -> ServedDataCenter:
            accounts = [f"--account=+{FIRST_NUMBER + 10 * user}:{PASSWORD}" for user in range(USERS)]
            where = ("--dc-id", str(dc), "--bot", BOT, "--resend-timeout", "0", "--plain-errors")
            server = stack.enter_context(serve_process(tmp_path_factory.mktemp("server"), *options, *accounts, *where))
            key = RsaPublicKey.from_pem(server.public_key.read_bytes())
            config = Config(api_id=1, public_keys=(key,), dc_id=dc)
            connection = stack.enter_context(connect((server.host, server.port), config))
            number, code = f"99966{dc}0000", str(dc) * 5
            sent = connection.invoke(functions.auth.SendCode(number, 1, "hash", types.CodeSettings()))
            assert isinstance(sent, types.auth.SentCode)
            connection.invoke(functions.auth.SignIn(number, sent.phone_code_hash, code))
            return ServedDataCenter(server, connection, number)

        servers: dict[int, ServedDataCenter] = {}

        def find(dc: int) -> ServedDataCenter:
            if dc not in servers or servers[dc].is_used_up:
                servers[dc] = open_server(dc)
            return servers[dc]

        yield find


@contextmanager
def connected_client(peer: Peer, framing: str, home: ServedDataCenter, log: Path) -> Iterator[Client]:
    """A client with its settings; its log has no complaints at the end."""
    more = peer.settings | {"secret": SECRETS.get(framing), "log": str(log)}
    data_centers = {peer.dc: (home.server.host, home.server.port)}
    with running(peer.place, data_centers, home.key, framing, dc=peer.dc, **more) as client:
        yield client
        client.do("disconnect")
    if peer.complaints is not None:
        assert not peer.complaints(log.read_text(errors="replace"))


@pytest.mark.parametrize(("peer", "framing"), RUNS)
def test_client_logs_in_and_reads_the_errors_of_the_server(
    peer: Peer, framing: str, home: Callable[[int], ServedDataCenter], matrix: Matrix, tmp_path: Path
) -> None:
    place = home(peer.dc)
    user = place.next_user()
    done = matrix.row(peer.name, peer.version, peer.layer, framing)
    with connected_client(peer, framing, place, tmp_path / "log") as client:
        done |= dict.fromkeys((KEY, *peer.steps), False)
        makes_a_key(client, peer.layer, peer.dc)
        done[KEY] = True
        for name, step in peer.steps.items():
            step(client, user)
            done[name] = True


SCANNERS = [peer for peer in PEERS if isinstance(peer, TDLib) and not peer.settings]


@pytest.mark.parametrize("peer", SCANNERS, ids=lambda peer: peer.name.lower().replace(" ", "-"))
def test_client_confirms_the_qr_code_of_another_client(
    peer: Peer, home: Callable[[int], ServedDataCenter], matrix: Matrix, tmp_path: Path
) -> None:
    """The newest one shows it."""
    place = home(peer.dc)
    number = place.next_user().new_number
    done = matrix.row(peer.name, peer.version, peer.layer, peer.framings[0])
    done[CONFIRMS] = False
    with (
        connected_client(peer, peer.framings[0], place, tmp_path / "scans") as scanner,
        connected_client(SCANNERS[0], SCANNERS[0].framings[0], place, tmp_path / "shows") as shows,
    ):
        scanner.do("connect")
        scanner.do("send_code", phone=number)
        assert scanner.do("sign_in", code=place.code_for(number)) == {"sign_up": True}
        scanner.do("sign_up", first_name="Ada", last_name="Lovelace")
        shows.do("connect")
        assert "confirmed" in scanner.do("scan_qr", token=shows.do("show_qr")["token"])
        assert shows.do("show_qr") == {"user": number}
    done[CONFIRMS] = True


@pytest.fixture(scope="module")
def server_thread() -> Iterator[ServerThread]:
    with ServerThread() as server_thread:
        yield server_thread


@pytest.fixture(scope="module")
def cluster(server_thread: ServerThread, schemas: Mapping[int, Schema]) -> dict[int, RunningDataCenter]:
    """Data centers 1 and 2, where clients begin, and 4, where the accounts of the numbers 99966 4 are."""
    here = server_thread.open(schemas=schemas, explain_errors=False)
    key = here.call(lambda data_center: data_center.private_key)
    return {2: here} | {
        dc: server_thread.open(dc_id=dc, schemas=schemas, private_key=key, explain_errors=False) for dc in (1, 4)
    }


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name.lower().replace(" ", "-"))
def test_client_follows_its_account_to_another_data_center(
    peer: Peer, cluster: dict[int, RunningDataCenter], matrix: Matrix, tmp_path: Path
) -> None:
    framing = peer.framings[0]
    done = matrix.row(peer.name, peer.version, peer.layer, framing)
    done[MIGRATION] = False
    data_centers = {dc_id: data_center.address for dc_id, data_center in cluster.items()}
    more = peer.settings | {"dc": peer.dc, "log": str(tmp_path / "log")}
    with running(peer.place, data_centers, cluster[2].public_key, framing, **more) as client:
        client.do("connect")
        number = "9996640001"
        assert client.do("send_code", phone=number) == {"by": "Sms", "length": 5, "next": "Call"}
        assert client.do("sign_in", code=cluster[4].code_for(number)) == {"user": number}
        assert client.do("me") == {"user": number}
        assert client.do("log_out") == {"logged_out": True}
        client.do("disconnect")
    done[MIGRATION] = True
