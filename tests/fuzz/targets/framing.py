"""Framings, all of them in both roles: any stream in any pieces gives the same events (TR9), and no framing grows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.framing import Abridged, AutoDetectFraming, Framing, Full, Intermediate, PaddedIntermediate, ProxySecret
from sansio_tl.framing.factory import client_framing
from sansio_tl.framing.obfuscated import Obfuscated
from sansio_tl.role import Role
from tests.fuzz.fixtures import NOW, SECRETS, SMALL, Stream

C, S = Role.CLIENT, Role.SERVER


def _chosen(name: str, secret: ProxySecret | None = None) -> Callable[[], Framing]:
    return lambda: client_framing(
        name, entropy=Stream(), now=NOW, host="example.org" if name in ("http", "websocket") else "", secret=secret
    )(C, SMALL)


MAKERS: tuple[Callable[[], Framing], ...] = (
    lambda: Abridged(C, SMALL),
    lambda: Abridged(S, SMALL),
    lambda: Intermediate(C, SMALL),
    lambda: Intermediate(S, SMALL),
    lambda: PaddedIntermediate(C, SMALL, entropy=Stream()),
    lambda: PaddedIntermediate(S, SMALL, entropy=Stream()),
    lambda: Full(C, SMALL),
    lambda: Full(S, SMALL),
    _chosen("obfuscated abridged"),
    lambda: Obfuscated(S, SMALL, entropy=Stream()),
    _chosen("obfuscated padded", SECRETS[1]),
    _chosen("obfuscated padded", SECRETS[2]),
    _chosen("http"),
    _chosen("websocket"),
    lambda: AutoDetectFraming(SMALL, entropy=Stream(), secrets=SECRETS, now=NOW),
    lambda: AutoDetectFraming(SMALL),
)


def framing(data: bytes) -> None:
    """The first byte chooses the framing, the second how the rest is cut into pieces."""
    if len(data) < 2:
        return
    make, size, stream = MAKERS[data[0] % len(MAKERS)], data[1] % 61 + 1, data[2:]
    whole = _events(make(), [stream])
    cut = _events(make(), (stream[at : at + size] for at in range(0, len(stream), size)))
    if whole != cut:
        raise AssertionError(f"{make()!r}: {whole!r} in one piece, {cut!r} in pieces of {size} (TR9)")


def _events(connection: Framing, pieces: Iterable[bytes]) -> list[str]:
    """The events that the pieces give, and the check that failed, if one did."""
    seen: list[str] = []
    try:
        with suppress(LocalProtocolError):  # a server that does not know its client yet
            connection.send_packet(bytes(40))  # a client whose request is out can be answered; HTTP needs that
        for piece in pieces:
            connection.receive_data(piece)
            _drain(connection, seen)
        connection.receive_eof()
        _drain(connection, seen)
    except RemoteProtocolError as error:
        seen.append(error.check)
        try:
            connection.next_event()
        except RemoteProtocolError as again:
            if again.check != error.check:
                raise AssertionError("a failed framing failed in another way") from again
        else:
            raise AssertionError("a failed framing recovered") from error
    connection.data_to_send()
    return seen


def _drain(connection: Framing, seen: list[str]) -> None:
    while (event := connection.next_event()) is not None:
        seen.append(repr(event))
        connection.data_to_send()
