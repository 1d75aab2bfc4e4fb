"""What a case of the suite is, and how it is judged.

A case tests one rule of the protocol with one peer: a client, which connects to a server that breaks the rule or uses
its freedom, or a server, to which such a client connects. Each case has a control, the same scenario without the fault:
a peer that fails the control is not judged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from sansio_tl.role import Role


class Level(Enum):
    """How strongly the protocol demands it."""

    MUST = "MUST"
    """Security or interoperability depends on it."""
    SHOULD = "SHOULD"
    """Recommended, or follows from the protocol's text without being stated."""
    MAY = "MAY"
    """Both ways are right: the case informs about the peer."""


class CaseVerdict(Enum):
    """The result of a case."""

    PASS = "pass"  # noqa: S105
    NON_STRICT = "non-strict"
    """The peer is not unsafe, but does less than it should."""
    FAIL = "fail"
    UNREACHABLE = "unreachable"
    """The peer never reached the point that the case is about, or fails the control."""
    INFORMATIONAL = "informational"


class Finding(Enum):
    """What was observed, before the level of the case is taken into account."""

    CORRECT = "correct"
    STALLED = "stalled"
    """The peer did not fall for it, but did not go on either."""
    VIOLATED = "violated"
    NOT_REACHED = "not reached"


class Ending(Enum):
    """How the peer ended, judged apart from the verdict."""

    COMPLETED = "completed its program"
    EXITED = "exited with an error"
    CRASHED = "crashed"
    CLOSED = "closed the connection"
    REJECTED = "answered with a transport error"
    RECONNECTED = "connected again"
    OPEN = "kept the connection open"
    HUNG = "did not end in time"
    UNKNOWN = "was not observed to its end"
    """The suite itself has failed."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a case has found, with the reason."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case. `make` creates what plays the other end, anew for each run."""

    name: str
    """Unique, in words joined by hyphens."""
    check: str
    """The id of the check in the project's table."""
    role: Role
    """The role of the peer under test."""
    title: str
    """What happens."""
    expected: str
    """What a correct peer does."""
    risk: str
    """The attack or defect that it stands for."""
    section: str
    """The page of the protocol's documentation that demands it."""
    level: Level = Level.MUST
    tags: tuple[str, ...] = ()
    make: Callable[[], object] = field(repr=False)
    control: Callable[[], object] | None = field(default=None, repr=False)
    """The scenario without the fault; None: the case has no fault."""

    def verdict(self, finding: Finding) -> CaseVerdict:
        """The verdict on a finding."""
        if finding is Finding.NOT_REACHED:
            return CaseVerdict.UNREACHABLE
        if self.level is Level.MAY:
            return CaseVerdict.INFORMATIONAL
        if finding is Finding.CORRECT:
            return CaseVerdict.PASS
        if finding is Finding.STALLED or self.level is Level.SHOULD:
            return CaseVerdict.NON_STRICT
        return CaseVerdict.FAIL


@dataclass(frozen=True, slots=True)
class TranscriptEntry:
    """One thing that happened on a connection."""

    at: float
    """Seconds since the run began."""
    connection: int
    sender: Role | None
    """None for what is no packet: a connection opened or closed, a remark."""
    note: str
    packet: bytes = field(default=b"", repr=False)
    """As it is in the framing."""
    plaintext: bytes = field(default=b"", repr=False)
    """The decrypted content of an encrypted packet: salt, session_id, msg_id, seqno, length, body, padding.

    For a message of the handshake, that of its encrypted part: data and padding, after a SHA-1 unless encrypted by RSA.
    """


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The result of one run of one case."""

    case: Case
    verdict: CaseVerdict
    reason: str
    ending: Ending
    seconds: float
    transcript: tuple[TranscriptEntry, ...] = field(default=(), repr=False)
    output: str = field(default="", repr=False)
    """What the peer wrote to its standard error, shortened."""
