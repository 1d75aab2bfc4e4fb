"""What an RPC error makes the client do by itself, as data. Everything that is not here is told to the caller."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType

from sansio_tl.errors import RpcError


class Reaction(Enum):
    """What to do with the request."""

    TELL = "tell the caller"
    MOVE = "the account lives elsewhere: change the main data centre and ask there"
    ASK_ELSEWHERE = "what is asked for lies elsewhere: ask there, with the authorization exported"
    WAIT = "wait as long as the error says, then ask again"
    LOG_OUT = "nobody is logged in any more; tell the caller too"


REACTIONS = MappingProxyType(
    {
        "PHONE_MIGRATE_X": Reaction.MOVE,
        "NETWORK_MIGRATE_X": Reaction.MOVE,
        "USER_MIGRATE_X": Reaction.MOVE,
        "FILE_MIGRATE_X": Reaction.ASK_ELSEWHERE,
        "STATS_MIGRATE_X": Reaction.ASK_ELSEWHERE,
        "FLOOD_WAIT_X": Reaction.WAIT,
        "FLOOD_PREMIUM_WAIT_X": Reaction.WAIT,
        "AUTH_KEY_UNREGISTERED": Reaction.LOG_OUT,
        "AUTH_KEY_INVALID": Reaction.LOG_OUT,
        "AUTH_KEY_DUPLICATED": Reaction.LOG_OUT,
        "SESSION_REVOKED": Reaction.LOG_OUT,
        "SESSION_EXPIRED": Reaction.LOG_OUT,
        "USER_DEACTIVATED": Reaction.LOG_OUT,
        "USER_DEACTIVATED_BAN": Reaction.LOG_OUT,
        "ACTIVE_USER_REQUIRED": Reaction.LOG_OUT,
    }
)
VOID_KEY = frozenset({"AUTH_KEY_INVALID", "AUTH_KEY_DUPLICATED"})
"""Errors after which the key itself is worthless, and another one must be made."""


def reaction_to(error: RpcError) -> Reaction:
    """The reaction to an error, by the name of its class: a text that only looks like it lacks the values (AU3)."""
    return REACTIONS.get(type(error).name, Reaction.TELL)
