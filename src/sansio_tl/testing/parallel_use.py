"""AUTH_KEY_DUPLICATED: what a data center does when a login is used from two connections at once.

Telegram's documentation (api/errors, 406): the error "is only emitted if any of the non-media DC detects that an
authorized session is sending requests in parallel from two separate TCP connections, from the same or different IP
addresses". A session there is a login (account.getAuthorizations), not a session of MTProto. The login is invalid from
then on, and the user must log in again with a new key.

A client that lost its connection continues its MTProto session on the next one, and one that replaces its temporary key
lets the old connection end: neither is use in parallel. So this is:

- a request in another MTProto session of the same key, while the connection of the first session is open;
- with temporary keys of one permanent key: a request under the earlier key after one under the later key, while both
  have a connection.

Clients over HTTP have several connections for one session, and are not checked.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from sansio_tl.connection.server import ServerSession


class ParallelUse:
    """Detects the use of one login in parallel."""

    def __init__(self) -> None:
        self._used: dict[bytes, list[ServerSession]] = {}
        """By the id of the permanent key: the sessions with requests that may still have a connection, latest last."""

    def detect(self, session: ServerSession, connected: Iterable[ServerSession]) -> bool:
        """Note a request in this session; returns whether another session of the login is in use.

        `connected` are the sessions of the login that have an open connection.
        """
        if session.polled_at > -inf:
            return False
        identity = session.record.identity
        connected = set(connected)
        known = [each for each in self._used.get(identity, ()) if each in connected or each is session]
        others = [each for each in known if each is not session]
        same_key = any(each.record is session.record for each in others)
        superseded = session in known and known[-1] is not session
        if session not in known:
            known.append(session)
        self._used[identity] = known
        return same_key or superseded

    def forget(self, key_id: bytes) -> None:
        """The key is gone."""
        self._used.pop(key_id, None)
