"""Clients that we did not write log in at our door, each in a process of its own, over real sockets.

make test-peers                     all of them, in every framing that they speak; writes docs/interop.json
make test-peers ARGS='-k gramjs'    one of them
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from sansio_tl.crypto.rsa import RsaPublicKey
from tests.interop import places
from tests.interop.client import running
from tests.interop.matrix import Matrix
from tests.interop.places import Place
from tests.interop.walk import KEY, PASSWORD, STEPS, Person, makes_a_key
from tests.transports.processes import Served, served

pytestmark = [pytest.mark.interop, pytest.mark.peers]


@dataclass(frozen=True)
class Peer:
    """A client, and how it can speak."""

    name: str
    version: str
    layer: int
    place: Place
    framings: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)


PEERS = (
    Peer("Telethon", "1.45.0", 229, places.TELETHON, ("full", "abridged", "intermediate", "obfuscated")),
    Peer(
        "Kurigram",
        "2.2.26",
        229,
        places.KURIGRAM,
        ("abridged", "full", "intermediate", "padded", "abridged, obfuscated", "intermediate, obfuscated"),
    ),
    Peer(
        "Pyrogram",
        "2.0.106",
        158,
        places.PYROGRAM,
        ("abridged", "full", "intermediate", "abridged, obfuscated", "intermediate, obfuscated"),
    ),
    Peer("GramJS", "2.26.22", 198, places.GRAMJS, ("full", "abridged", "obfuscated")),
    Peer("mtcute", "0.30.3", 227, places.MTCUTE, ("intermediate", "padded", "obfuscated")),
    Peer("mtcute with PFS", "0.30.3", 227, places.MTCUTE, ("intermediate",), {"pfs": True}),
)
RUNS = [
    pytest.param(peer, framing, id=f"{peer.name.lower().replace(' ', '-')}-{framing.replace(', ', '-')}")
    for peer in PEERS
    for framing in peer.framings
]
FIRST_NUMBER = 12025550000


@pytest.fixture(scope="module")
def matrix() -> Iterator[Matrix]:
    matrix = Matrix()
    yield matrix
    matrix.save()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One data centre for all, with the schemas of those that speak another layer."""
    schemas = {place.schema for place in places.ALL if place.schema is not None}
    options = [option for path in sorted(schemas) for option in ("--schema", str(path))]
    residents = [f"--account=+{FIRST_NUMBER + 10 * run}:{PASSWORD}" for run in range(len(RUNS))]
    with served(tmp_path_factory.mktemp("door"), *options, *residents, "--resend-timeout", "0") as server:
        yield server


@pytest.fixture(scope="module")
def persons(server: Served) -> Callable[[], Person]:
    """A person with numbers of their own for each run."""
    runs = count()

    def next_person() -> Person:
        run = next(runs)
        number, other, new = (str(FIRST_NUMBER + 10 * run + which) for which in range(3))
        return Person(number, other, new, 40 + run, lambda digits: server.code_for(f"+{digits}"))

    return next_person


@pytest.mark.parametrize(("peer", "framing"), RUNS)
def test_it_logs_in_and_sees_our_errors(
    peer: Peer, framing: str, server: Served, persons: Callable[[], Person], matrix: Matrix
) -> None:
    key = RsaPublicKey.from_pem(server.public_key.read_bytes())
    person = persons()
    with running(peer.place, server.host, server.port, key, framing, **peer.settings) as client:
        done = matrix.row(peer.name, peer.version, peer.layer, framing)
        done |= dict.fromkeys((KEY, *STEPS), False)
        makes_a_key(client, person, peer.layer)
        done[KEY] = True
        for name, step in STEPS.items():
            step(client, person)
            done[name] = True
        client.do("disconnect")
