"""What to do when the server rejects a message: bad_msg_notification by its code (MS18), as data.

`ServiceMessages.on_bad_msg_notification` acts on it; `rejected_messages` sends the message again.
"""

from __future__ import annotations

from enum import Flag, auto
from types import MappingProxyType

from sansio_tl.mtproto.bad_msg_codes import BadMsgCode


class BadMsgAction(Flag):
    """What to do besides sending the rejected message again, which is always done."""

    RESEND = 0
    SYNCHRONISE = auto()
    """Set the clock by the message id of the notification."""
    NEW_SESSION = auto()
    """Begin a new session; everything unanswered goes into it."""


ACTIONS = MappingProxyType(
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


def action_for(code: int) -> BadMsgAction:
    """The action for a code; an unknown one begins a new session."""
    try:
        return ACTIONS[BadMsgCode(code)]
    except ValueError:
        return BadMsgAction.NEW_SESSION
