"""Draws the states of a client's connection and of a server's session.

Both are recorded: connections exchange bytes in memory, and their state is read before and after each call.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random

import state_drawing
from sansio_tl import AuthKey, Config, Connection, Limits, ServerConnection, functions
from sansio_tl.connection.server import KeyStore, ServerConfig, ServerSession
from sansio_tl.crypto.rsa import RsaPrivateKey
from sansio_tl.role import Role
from state_drawing import Edge, boxes_of

NOW = 1_700_000_000.0

NEW, ENCRYPTED, CLOSED = "new", "encrypted", "closed"
RES_PQ, DH_PARAMS, DH_GEN = "awaiting resPQ", "awaiting server_DH_params", "awaiting dh_gen"
ORDER = (NEW, RES_PQ, DH_PARAMS, DH_GEN, ENCRYPTED, CLOSED)
_STEPS = {"_on_res_pq": RES_PQ, "_on_dh_params": DH_PARAMS, "_on_dh_gen": DH_GEN}

_LIMITS = Limits(max_sessions_per_connection=2, max_sessions_per_key=3)
"""Of the server: the fewest that show both."""

UNKNOWN, CONNECTED, DETACHED, FORGOTTEN = "unknown", "connected", "without a connection", "forgotten"
SESSION_ORDER = (UNKNOWN, CONNECTED, DETACHED, FORGOTTEN)


@cache
def _private_key() -> RsaPrivateKey:
    return RsaPrivateKey.generate(Random("key").randbytes)


class Pair:
    """A client's connection and a server's, without a network between them."""

    def __init__(
        self, *, auth_key: AuthKey | None = None, temporary: bool = False, keys: KeyStore | None = None
    ) -> None:
        private_key = _private_key()
        self.config = Config(
            api_id=1, public_keys=(private_key.public_key,), temporary_key_lifetime=86_400 if temporary else None
        )
        self.keys = KeyStore()
        self.server = self.new_server()
        self.client = Connection(self.config, auth_key=auth_key, entropy=Random("client").randbytes, now=NOW)

    def new_server(self) -> ServerConnection:
        """A connection of the same server."""
        config = ServerConfig(private_keys=(_private_key(),), limits=_LIMITS)
        return ServerConnection(config, self.keys, entropy=Random("server").randbytes, now=NOW)

    def exchange(self) -> None:
        """What the client has to send goes to the server, and the answer back."""
        up = self.client.data_to_send(now=NOW)
        self.server.receive_data(up, now=NOW) if up else None
        down = self.server.data_to_send(now=NOW)
        self.client.receive_data(down, now=NOW) if down else None

    @property
    def state(self) -> str:
        """The state of the client's connection."""
        if self.client.closed:
            return CLOSED
        handshake = self.client._handshake  # noqa: SLF001 - no public interface shows the steps
        return ENCRYPTED if handshake is None else _STEPS[handshake._step.__name__]  # noqa: SLF001

    def go_to(self, state: str) -> Pair:
        """Exchange messages until the client is in this state."""
        while self.state != state:
            self.exchange()
        return self


def _at_end(pair: Pair) -> None:
    pair.client.receive_data(b"", now=NOW)


def _at_deadline(pair: Pair) -> None:
    pair.client.handle_deadline(now=NOW + pair.config.limits.handshake_timeout)


def _on_transport_error(pair: Pair) -> None:
    framing = pair.config.framing(Role.SERVER, pair.config.limits)
    framing.send_transport_error(-404)
    pair.client.receive_data(framing.data_to_send(), now=NOW)


def _on_violation(pair: Pair) -> None:
    framing = pair.config.framing(Role.SERVER, pair.config.limits)
    framing.send_packet(bytes(40))
    pair.client.receive_data(framing.data_to_send(), now=NOW)


def _on_close(pair: Pair) -> None:
    pair.client.close(now=NOW)


_ENDS: dict[str, Callable[[Pair], None]] = {
    "close()": _on_close,
    "end of the stream": _at_end,
    "transport error": _on_transport_error,
    "broken rule of the protocol": _on_violation,
    "Limits.handshake_timeout": _at_deadline,
}


@cache
def connection_edges() -> tuple[Edge, ...]:
    """Every change of state of a client's connection."""
    made = Pair().go_to(ENCRYPTED)
    key = made.client.auth_key
    edges = [
        (NEW, Pair().state, "without a key"),
        (NEW, Pair(auth_key=key).state, "with a key"),
        (NEW, Pair(auth_key=key, temporary=True).state, "with a key, for temporary keys"),
    ]
    for temporary in (False, True):
        pair = Pair(temporary=temporary)
        while (before := pair.state) != ENCRYPTED:
            pair.exchange()
            cause = before.removeprefix("awaiting ") + "_ok" * (before != RES_PQ)
            permanent = temporary and before == DH_GEN and pair.state == RES_PQ
            edges.append((before, pair.state, cause + ", temporary key next" * permanent))
    for state in (RES_PQ, DH_PARAMS, DH_GEN, ENCRYPTED):
        for cause, end in _ENDS.items():
            pair = Pair().go_to(state)
            end(pair)
            edges.append((state, pair.state, cause))
    return tuple(dict.fromkeys(edge for edge in edges if edge[0] != edge[1]))


def _session_state(session: ServerSession) -> str:
    if not session.is_open:
        return FORGOTTEN
    return DETACHED if session.connection is None else CONNECTED


@cache
def session_edges() -> tuple[Edge, ...]:
    """Every change of state of a server's session."""
    edges: list[Edge] = []
    for detached in (False, True):
        for cause, act in _SESSION_CHANGES.items():
            pair = Pair().go_to(ENCRYPTED)
            pair.client.invoke(functions.help.GetConfig(), now=NOW)
            pair.exchange()
            [session] = pair.server.sessions
            edges.append((UNKNOWN, _session_state(session), "first message"))
            if detached:
                _end_connection(pair, session)
            before = _session_state(session)
            act(pair, session)
            edges.append((before, _session_state(session), cause))
    return tuple(dict.fromkeys(edge for edge in edges if edge[0] != edge[1]))


def _end_connection(pair: Pair, _session: ServerSession) -> None:
    pair.server.receive_data(b"", now=NOW)


def _reconnect(pair: Pair, _session: ServerSession) -> None:
    """The client's session continues over another connection."""
    client = Connection(pair.config, session=pair.client.session, entropy=Random("next").randbytes, now=NOW)
    client.invoke(functions.help.GetNearestDc(), now=NOW)
    pair.new_server().receive_data(client.data_to_send(now=NOW), now=NOW)


def _open_others(pair: Pair, server: ServerConnection, number: int) -> None:
    """Other sessions of the same key on a connection of the server."""
    for seed in range(number):
        entropy = Random(f"client {seed}").randbytes
        client = Connection(pair.config, auth_key=pair.client.auth_key, entropy=entropy, now=NOW)
        client.invoke(functions.help.GetConfig(), now=NOW)
        skipped = 4 if server.sessions else 0  # a stream has its framing's first bytes once
        for _ in range(2):  # the first answer has the salt
            server.receive_data(client.data_to_send(now=NOW)[skipped:], now=NOW)
            client.receive_data(server.data_to_send(now=NOW), now=NOW)
            skipped = 0


def _share_connection(pair: Pair, _session: ServerSession) -> None:
    if pair.server.sessions:
        _open_others(pair, pair.server, pair.server.limits.max_sessions_per_connection)


def _exceed_key(pair: Pair, _session: ServerSession) -> None:
    _open_others(pair, pair.new_server(), pair.server.limits.max_sessions_per_key)


def _destroy_session(pair: Pair, session: ServerSession) -> None:
    pair.keys[session.auth_key.id].destroy_session(session.id, NOW, pair.server.limits)


def _destroy_key(pair: Pair, session: ServerSession) -> None:
    del pair.keys[session.auth_key.id]
    pair.server.handle_deadline(now=NOW)


_SESSION_CHANGES: dict[str, Callable[[Pair, ServerSession], None]] = {
    "the connection ends": _end_connection,
    "max_sessions_per_connection": _share_connection,
    "message over another connection": _reconnect,
    "destroy_session": _destroy_session,
    "max_sessions_per_key": _exceed_key,
    "the key is destroyed": _destroy_key,
}


def draw_connection() -> str:
    """SVG of the client's connection."""
    failures = frozenset(_ENDS) - {"close()", "end of the stream"}
    return state_drawing.draw(boxes_of(connection_edges(), ORDER, failures), "The states of a client's connection")


def draw_session() -> str:
    """SVG of the server's session."""
    return state_drawing.draw(boxes_of(session_edges(), SESSION_ORDER), "The states of a server's session")
