"""Cases for clients: fake TLS. The client connects as to an MTProxy with a secret of kind `ee` (--proxy-secret)."""

from __future__ import annotations

from collections.abc import Callable

from sansio_tl.conformance import sections
from sansio_tl.conformance.case import Case, Finding, Judgement, Level
from sansio_tl.conformance.faulty_server import ClientRun, ServedConnection, ServerBehavior
from sansio_tl.role import Role

_HANDSHAKE = b"\x16\x03\x03"
_RANDOM = 11
"""Where the random of a ServerHello begins, with the header of its record."""


class ThroughProxy(ServerBehavior):
    """The client has to connect with the secret; the control, and the base of the cases."""

    def on_end(self, run: ClientRun) -> Judgement:
        """As of any login, if the client has used the secret."""
        if not run.proxy_secrets:
            return Judgement(Finding.NOT_REACHED, "no proxy secret is given: --proxy-secret")
        found = super().on_end(run)
        if found.finding is Finding.CORRECT and not any("fake TLS" in (each.framing or "") for each in run.connections):
            return Judgement(Finding.NOT_REACHED, "the client does not use the proxy secret")
        return found


class _WrongProof(ThroughProxy):
    """A bit of the proof in every ServerHello is changed."""

    quiet = 6.0

    def __init__(self) -> None:
        self._answered = False

    def cut(self, data: bytes) -> list[bytes]:
        """The first bytes that the server writes to such a client are a ServerHello."""
        if data[:3] != _HANDSHAKE:
            return [data]
        self._answered = True
        return [data[:_RANDOM] + bytes([data[_RANDOM] ^ 1]) + data[_RANDOM + 1 :]]

    def on_connect(self, link: ServedConnection) -> None:
        """Every connection gets a wrong proof."""
        link.run.fault("the proof in each ServerHello is wrong", link.facts.number)

    def decide(self, run: ClientRun) -> Judgement | None:
        """A packet of the client means that it has accepted the proof."""
        if self._answered and run.steps:
            return Judgement(Finding.VIOLATED, "the client accepted the proof, and sent a packet")
        return None

    def on_quiet(self, run: ClientRun) -> Judgement | None:
        """It sent nothing."""
        return self.on_end(run)

    def on_end(self, run: ClientRun) -> Judgement:
        """It has accepted nothing, if it has sent a ClientHello at all."""
        if not self._answered:
            return Judgement(Finding.NOT_REACHED, "the client does not use the proxy secret")
        return Judgement(Finding.CORRECT, "the client sent nothing after the wrong proof")


class _InPieces(ThroughProxy):
    """Everything comes in pieces of 7 bytes."""

    piece_size = 7


def _case(name: str, check: str, title: str, make: Callable[[], object], *, expected: str, risk: str) -> Case:
    return Case(
        name=f"fake-tls-{name}",
        check=check,
        role=Role.CLIENT,
        title=title,
        expected=expected,
        risk=risk,
        section=sections.TRANSPORTS,
        level=Level.SHOULD,
        tags=("fake-tls",),
        make=make,
        control=ThroughProxy,
    )


CASES = (
    _case(
        "wrong-proof",
        "TR8",
        "The answer to the client's ClientHello does not prove the secret of the proxy.",
        _WrongProof,
        expected="The client sends nothing more, and closes the connection.",
        risk="Who stands in place of the proxy, or a web site, gets the client's packets.",
    ),
    _case(
        "in-small-pieces",
        "TR9",
        "Everything that a proxy with fake TLS sends comes in pieces of 7 bytes.",
        _InPieces,
        expected="The client completes its program.",
        risk="Slow networks deliver records in pieces.",
    ),
)
