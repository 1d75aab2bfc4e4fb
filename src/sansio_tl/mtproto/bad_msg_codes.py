"""The codes of bad_msg_notification (MS18): the server sends them, the client acts on them (`bad_messages`)."""

from __future__ import annotations

from enum import Enum


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
