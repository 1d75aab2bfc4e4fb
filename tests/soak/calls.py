"""Calls with unique answers, whose executions can be counted.

users.getUsers for a user that does not exist is answered with userEmpty and the same id. So a call with an id of its
own can be recognised wherever it shows: in its answer, and in the server's record of what it has executed.
"""

from __future__ import annotations

import re

from sansio_tl import functions, types

METHOD = functions.users.GetUsers.NAME
_SEQUENCE = 24
_CLIENT = 16
MOST_CALLS, MOST_CLIENTS = 1 << _SEQUENCE, 1 << _CLIENT
_COMPANION = 1 << 62
"""Bit of the ids that only make a call larger."""
_IN_RECORD = re.compile(r"InputUser\(user_id=(\d+),")


def number_of(process: int, client: int, sequence: int) -> int:
    """The number of a call: processes count from 1, clients and their calls from 0."""
    return ((process << _CLIENT | client) << _SEQUENCE) | sequence


def parts_of(number: int) -> tuple[int, int, int]:
    """The process, the client and the sequence number of a call."""
    client = number >> _SEQUENCE
    return client >> _CLIENT, client & (MOST_CLIENTS - 1), number & (MOST_CALLS - 1)


def question(number: int, size: int) -> functions.users.GetUsers:
    """The call, with `size` ids."""
    companions = (_COMPANION | index << 50 for index in range(size - 1))
    return functions.users.GetUsers(
        id=[types.InputUser(user_id=user_id, access_hash=0) for user_id in (number, *companions)]
    )


def answer(call: functions.users.GetUsers) -> list[types.TypeUser]:
    """The only right answer."""
    return [types.UserEmpty(id=user.user_id) for user in call.id if isinstance(user, types.InputUser)]


def number_in(query: str) -> int | None:
    """The number of a call, from how the server's record shows it."""
    found = _IN_RECORD.search(query)
    return None if found is None else int(found[1])
