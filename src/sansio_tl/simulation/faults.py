"""The faults of a simulation, and how often they occur."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields, replace
from typing import ClassVar

from sansio_tl.simulation.rng import Rng


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """The strength of each fault, from 0, never, to 1, the most with which a session still makes progress.

    Each seed draws its own mixture: of the enabled faults about a third is left out and the others are weakened at
    random, because a fault that occurs all the time hides others.
    """

    # -- links --
    delay: float = 0.0
    """Links with latencies of up to several seconds that vary from packet to packet, so that links overtake each
    other."""
    pieces: float = 0.0
    """Links that deliver a few bytes at a time and accept few at once."""
    cut: float = 0.0
    """Links that break at some byte; both ends, one of them, or neither is notified."""
    stall: float = 0.0
    """Links that stop carrying data for a while; then the writer is blocked."""
    connect_failure: float = 0.0
    """Links that cannot be opened: rejected at once, or never answered."""

    # -- an attacker on the path --
    tampering: float = 0.0
    """Links on which a bit is changed."""
    replay: float = 0.0
    """Old packets delivered once more: of the same link or of another one, in their own direction or reflected."""
    swap: float = 0.0
    """Packets of one link delivered in another order, some after minutes."""
    forgery: float = 0.0
    """Transport error codes, which are not authenticated, inserted between the packets of the server."""

    # -- data centers --
    restart: float = 0.0
    """Data centers that restart: all links end, nothing is lost."""
    forget_sessions: float = 0.0
    """Restarts that lose the sessions, and with them the record of what was executed."""
    forget_keys: float = 0.0
    """Restarts that lose the auth keys as well."""
    short_salts: float = 0.0
    """Salts that are changed after seconds or minutes instead of half an hour."""
    server_clock: float = 0.0
    """A data center's clock that is wrong, drifts, and is set forward or back."""

    # -- answers of data centers --
    slow_answers: float = 0.0
    """Answers that take up to two minutes."""
    rpc_errors: float = 0.0
    """RPC errors that the caller receives."""
    floods: float = 0.0
    """FLOOD_WAIT, which the client waits for."""
    migrations: float = 0.0
    """Requests that belong to another data center."""
    lost_logins: float = 0.0
    """A data center that loses the login of a key."""

    # -- clients --
    client_clock: float = 0.0
    """A client's clock that is wrong, drifts, stands still while the host sleeps, and is set."""
    cancel: float = 0.0
    """Requests that are cancelled."""
    client_restart: float = 0.0
    """Clients that end and continue from their snapshot."""
    temporary_keys: float = 0.0
    """Temporary keys that live for minutes."""

    # -- an attacker that records packets --
    recordings: float = 0.0
    """Packets of any session and any time of the run delivered again, one or many, between those of a link: to clients
    and to data centers, some hours after they were sent."""
    intruders: float = 0.0
    """Connections of the attacker to a data center, over which recorded packets are sent: one of each session, many in
    any order, over HTTP, cut short, spliced, reflected; and packets that are announced and do not end."""
    false_answers: float = 0.0
    """Unauthenticated answers, in every state of a link: -404 in place of each first answer for a while, other codes,
    plain messages."""

    # -- peers that are malicious themselves --
    rogue_clients: float = 0.0
    """Clients with a key of their own that send invalid input: values that are no queries, odd containers and service
    messages, requests without end whose answers they never acknowledge."""
    rogue_data_center: float = 0.0
    """A data center that answers with every error text and odd parameters, with configurations of unreachable
    addresses, with endless FLOOD_WAIT, and with service messages about messages that were never sent."""

    NONE: ClassVar[Faults]
    ALL: ClassVar[Faults]
    ATTACKS: ClassVar[tuple[str, ...]] = (
        "recordings",
        "intruders",
        "false_answers",
        "rogue_clients",
        "rogue_data_center",
    )
    """Attacks that need recorded packets, or a malicious peer."""
    EXCUSES: ClassVar[tuple[str, ...]] = (
        "forget_sessions",
        "forget_keys",
        "server_clock",
        "client_clock",
        "lost_logins",
    )
    """Faults after which a request may legitimately be executed twice, or a login be lost."""

    @classmethod
    def only(cls, *names: str) -> Faults:
        """Only these faults. Raises ValueError for an unknown name."""
        unknown = set(names) - set(cls.names())
        if unknown:
            raise ValueError(f"unknown faults: {', '.join(sorted(unknown))}; expected {', '.join(cls.names())}")
        return replace(cls(), **dict.fromkeys(names, 1.0))

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names of all faults."""
        return tuple(field.name for field in fields(cls))

    def drawn(self, rng: Rng) -> Faults:
        """The mixture of one seed."""
        on = [name for name in self.names() if getattr(self, name) > 0]
        alone = len(on) == 1
        mixed = {name: getattr(self, name) * (1.0 if alone else _strength(rng)) for name in on}
        return replace(self, **mixed)


def _strength(rng: Rng) -> float:
    return 0.0 if rng.chance(1 / 3) else rng.between(0.1, 1.0)


Faults.NONE = Faults()
Faults.ALL = Faults(**dict.fromkeys(Faults.names(), 1.0))

Injected = Counter[str]
"""How often each kind of fault was injected."""

Deeds = Counter[str]
"""How often each kind of attack was made, by its description."""
