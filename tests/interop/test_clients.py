"""Clients that we did not write log in at our door, each in a process of its own, over real sockets.

make test-peers                     all of them, in every framing that they speak; writes docs/interop.json
make test-peers ARGS='-k gramjs'    one of them
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from sansio_tl import functions, types
from sansio_tl.codec.schema import Schema
from sansio_tl.config import Config
from sansio_tl.crypto.rsa import RsaPublicKey
from tests.interop import places
from tests.interop.client import running
from tests.interop.matrix import Matrix
from tests.interop.peers import PEERS, SECRETS, Peer
from tests.interop.walk import BOT, KEY, MIGRATION, PASSWORD, STEPS, Person, makes_a_key
from tests.transports.processes import Served, served
from transports.embedded import Grounds, RunningDataCentre
from transports.sync import connect

pytestmark = [pytest.mark.interop, pytest.mark.peers]


RUNS = [
    pytest.param(peer, framing, id=f"{peer.name} {framing}".lower().replace(", ", "-").replace(" ", "-"))
    for peer in PEERS
    for framing in peer.framings
]
FIRST_NUMBER = 12025550000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One data centre for all, with the schemas of those that speak another layer."""
    schemas = {place.schema for place in places.ALL if place.schema is not None}
    options = [option for path in sorted(schemas) for option in ("--schema", str(path))]
    residents = [f"--account=+{FIRST_NUMBER + 10 * run}:{PASSWORD}" for run in range(len(RUNS))]
    options += [f"--proxy-secret={secret}" for secret in SECRETS.values()]
    with served(tmp_path_factory.mktemp("door"), *options, *residents, "--bot", BOT, "--resend-timeout", "0") as server:
        yield server


@pytest.fixture(scope="module")
def scan(server: Served) -> Iterator[Callable[[bytes], str]]:
    """Somebody who is logged in with our own client, and scans QR codes."""
    number, code = "9996620000", "22222"
    key = RsaPublicKey.from_pem(server.public_key.read_bytes())
    with connect((server.host, server.port), Config(api_id=1, public_keys=(key,))) as link:
        sent = link.invoke(functions.auth.SendCode(number, 1, "hash", types.CodeSettings()))
        assert isinstance(sent, types.auth.SentCode)
        link.invoke(functions.auth.SignIn(number, sent.phone_code_hash, code))

        def accept(token: bytes) -> str:
            link.invoke(functions.auth.AcceptLoginToken(token))
            return number

        yield accept


@pytest.fixture(scope="module")
def persons(server: Served, scan: Callable[[bytes], str]) -> Callable[[], Person]:
    """A person with numbers of their own for each run."""
    runs = count()

    def next_person() -> Person:
        run = next(runs)
        number, other, new = (str(FIRST_NUMBER + 10 * run + which) for which in range(3))
        return Person(number, other, new, 40 + run, lambda digits: server.code_for(f"+{digits}"), scan)

    return next_person


@pytest.mark.parametrize(("peer", "framing"), RUNS)
def test_it_logs_in_and_sees_our_errors(
    peer: Peer, framing: str, server: Served, persons: Callable[[], Person], matrix: Matrix
) -> None:
    key = RsaPublicKey.from_pem(server.public_key.read_bytes())
    person = persons()
    centres = {2: (server.host, server.port)}
    with running(peer.place, centres, key, framing, secret=SECRETS.get(framing), **peer.settings) as client:
        done = matrix.row(peer.name, peer.version, peer.layer, framing)
        done |= dict.fromkeys((KEY, *STEPS), False)
        makes_a_key(client, person, peer.layer)
        done[KEY] = True
        for name, step in STEPS.items():
            step(client, person)
            done[name] = True
        client.do("disconnect")


@pytest.fixture(scope="module")
def grounds() -> Iterator[Grounds]:
    with Grounds() as grounds:
        yield grounds


@pytest.fixture(scope="module")
def country(grounds: Grounds, schemas: dict[int, Schema]) -> dict[int, RunningDataCentre]:
    """Data centres 2 and 4; whoever has a number 99966 4 lives in the other one than clients think."""
    here = grounds.open(schemas=schemas)
    return {2: here, 4: grounds.open(dc_id=4, schemas=schemas, private_key=here.do(lambda centre: centre.private_key))}


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name.lower().replace(" ", "-"))
def test_it_follows_its_account_to_another_data_centre(
    peer: Peer, country: dict[int, RunningDataCentre], matrix: Matrix
) -> None:
    framing = peer.framings[0]
    done = matrix.row(peer.name, peer.version, peer.layer, framing)
    done[MIGRATION] = False
    centres = {dc_id: centre.address for dc_id, centre in country.items()}
    with running(peer.place, centres, country[2].public_key, framing, **peer.settings) as client:
        client.do("connect")
        number = "9996640001"
        assert client.do("send_code", phone=number) == {"by": "Sms", "length": 5, "next": "Call"}
        assert client.do("sign_in", code=country[4].code_for(number)) == {"user": number}
        assert client.do("me") == {"user": number}
        assert client.do("log_out") == {"logged_out": True}
        client.do("disconnect")
    done[MIGRATION] = True
