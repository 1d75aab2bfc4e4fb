"""What to do when the server rejects a message: bad_msg_notification by its code (MS18), as data."""

from __future__ import annotations

from enum import Enum, Flag, auto
from types import MappingProxyType


class BadMsgAction(Flag):
    """What to do besides sending the rejected message again, which is always done."""

    RESEND = 0
    SYNCHRONISE = auto()
    """Set the clock by the message id of the notification."""
    NEW_SESSION = auto()
    """Begin a new session; everything unanswered goes into it."""


class BadMsgCode(Enum):
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
        BadMsgCode.MSG_ID_TOO_LOW: BadMsgAction.SYNCHRONISE,
        BadMsgCode.MSG_ID_TOO_HIGH: BadMsgAction.SYNCHRONISE | BadMsgAction.NEW_SESSION,
        BadMsgCode.MSG_ID_PARITY: BadMsgAction.NEW_SESSION,
        BadMsgCode.CONTAINER_ID_REUSED: BadMsgAction.NEW_SESSION,
        BadMsgCode.TOO_OLD: BadMsgAction.RESEND,
        BadMsgCode.SEQNO_TOO_LOW: BadMsgAction.NEW_SESSION,
        BadMsgCode.SEQNO_TOO_HIGH: BadMsgAction.NEW_SESSION,
        BadMsgCode.EVEN_SEQNO_EXPECTED: BadMsgAction.NEW_SESSION,
        BadMsgCode.ODD_SEQNO_EXPECTED: BadMsgAction.NEW_SESSION,
        BadMsgCode.BAD_SALT: BadMsgAction.RESEND,
        BadMsgCode.INVALID_CONTAINER: BadMsgAction.NEW_SESSION,
    }
)


def reaction_to(code: int) -> BadMsgAction:
    """The action for a code; an unknown one begins a new session."""
    try:
        return REACTIONS[BadMsgCode(code)]
    except ValueError:
        return BadMsgAction.NEW_SESSION
