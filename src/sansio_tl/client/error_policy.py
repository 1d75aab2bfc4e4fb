"""What an RPC error makes the client do by itself, as data; `error_handler` does it.

Everything that is not here is reported to the caller.
"""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType

from sansio_tl.errors import RpcError


class ErrorPolicy(Enum):
    """What to do with the request."""

    REPORT = "report it to the caller"
    CHANGE_HOME_DC = "change the home data center and send the request there"
    USE_OTHER_DC = "import the authorization on the other data center and send the request there"
    WAIT = "wait for the time in the error, then send the request again"
    LOG_OUT = "drop the login, and report the error to the caller"


REACTIONS = MappingProxyType(
    {
        "PHONE_MIGRATE_X": ErrorPolicy.CHANGE_HOME_DC,
        "NETWORK_MIGRATE_X": ErrorPolicy.CHANGE_HOME_DC,
        "USER_MIGRATE_X": ErrorPolicy.CHANGE_HOME_DC,
        "FILE_MIGRATE_X": ErrorPolicy.USE_OTHER_DC,
        "STATS_MIGRATE_X": ErrorPolicy.USE_OTHER_DC,
        "FLOOD_WAIT_X": ErrorPolicy.WAIT,
        "FLOOD_PREMIUM_WAIT_X": ErrorPolicy.WAIT,
        "AUTH_KEY_UNREGISTERED": ErrorPolicy.LOG_OUT,
        "AUTH_KEY_INVALID": ErrorPolicy.LOG_OUT,
        "AUTH_KEY_DUPLICATED": ErrorPolicy.LOG_OUT,
        "SESSION_REVOKED": ErrorPolicy.LOG_OUT,
        "SESSION_EXPIRED": ErrorPolicy.LOG_OUT,
        "USER_DEACTIVATED": ErrorPolicy.LOG_OUT,
        "USER_DEACTIVATED_BAN": ErrorPolicy.LOG_OUT,
        "ACTIVE_USER_REQUIRED": ErrorPolicy.LOG_OUT,
    }
)
VOID_KEY = frozenset({"AUTH_KEY_INVALID", "AUTH_KEY_DUPLICATED"})
"""Errors after which the key itself is worthless, and another one must be made."""


def reaction_to(error: RpcError) -> ErrorPolicy:
    """The reaction to an error, by the name of its class: a text that only looks like it lacks the values (AU3)."""
    return REACTIONS.get(type(error).name, ErrorPolicy.REPORT)
