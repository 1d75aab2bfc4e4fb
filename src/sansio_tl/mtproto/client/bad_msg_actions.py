"""What to do when the server refuses a message: bad_msg_notification by its code (MS18), as data."""

from __future__ import annotations

from enum import Enum, Flag, auto
from types import MappingProxyType


class Reaction(Flag):
    """Besides sending the refused message again under a new id, which is always done."""

    RESEND = 0
    SYNCHRONISE = auto()
    """Set the clock by the message id of the notification."""
    NEW_SESSION = auto()
    """Begin a new session; everything unanswered goes into it."""


class Refusal(Enum):
    """The codes of bad_msg_notification."""

    MSG_ID_TOO_LOW = 16
    MSG_ID_TOO_HIGH = 17
    MSG_ID_PARITY = 18
    CONTAINER_ID_REUSED = 19
    TOO_OLD = 20
    SEQNO_TOO_LOW = 32
    SEQNO_TOO_HIGH = 33
    EVEN_SEQNO_EXPECTED = 34
    ODD_SEQNO_EXPECTED = 35
    BAD_SALT = 48
    INVALID_CONTAINER = 64


REACTIONS = MappingProxyType(
    {
        Refusal.MSG_ID_TOO_LOW: Reaction.SYNCHRONISE,
        Refusal.MSG_ID_TOO_HIGH: Reaction.SYNCHRONISE | Reaction.NEW_SESSION,
        Refusal.MSG_ID_PARITY: Reaction.NEW_SESSION,
        Refusal.CONTAINER_ID_REUSED: Reaction.NEW_SESSION,
        Refusal.TOO_OLD: Reaction.RESEND,
        Refusal.SEQNO_TOO_LOW: Reaction.NEW_SESSION,
        Refusal.SEQNO_TOO_HIGH: Reaction.NEW_SESSION,
        Refusal.EVEN_SEQNO_EXPECTED: Reaction.NEW_SESSION,
        Refusal.ODD_SEQNO_EXPECTED: Reaction.NEW_SESSION,
        Refusal.BAD_SALT: Reaction.RESEND,
        Refusal.INVALID_CONTAINER: Reaction.NEW_SESSION,
    }
)


def reaction_to(code: int) -> Reaction:
    """A code that nobody documented gets the most thorough treatment."""
    try:
        return REACTIONS[Refusal(code)]
    except ValueError:
        return Reaction.NEW_SESSION
