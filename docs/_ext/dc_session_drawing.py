"""Draws the states of a client's session with a data center, and what the client does about errors.

The states and their changes are recorded: a client runs against a data center in memory, and its sessions are read
after each call of the driver or the application.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random

import state_drawing
from sansio_tl import Client, ClientConfig, Config, Endpoint, functions
from sansio_tl.client import Connect, Disconnect
from sansio_tl.client.dc_session import DcSession
from sansio_tl.client.error_policy import REACTIONS, ErrorPolicy
from sansio_tl.testing import DataCenter, DataCenterConnection
from state_drawing import Edge, boxes_of
from svg import Drawing, width_of

NOW = 1_700_000_000.0

IDLE, CONNECTING, CONNECTED, WAITING = "idle", "connecting", "connected", "waiting"
DRAINING, ENDED = "draining", "ended"

ORDER = (IDLE, CONNECTING, CONNECTED, WAITING, DRAINING, ENDED)


def state_of(session: DcSession) -> str:
    """The state of a session."""
    if session.is_draining:
        return DRAINING
    if session.connection is not None:
        return CONNECTED
    if session.is_connecting:
        return CONNECTING
    return IDLE if session.retry_at is None else WAITING


class RecordedRun:
    """A client with temporary keys and its data center, and the recorded changes of the sessions' states."""

    def __init__(self) -> None:
        self.now = NOW
        self.data_center = DataCenter(entropy=Random("server").randbytes, now=NOW)
        connection = Config(api_id=1, public_keys=(self.data_center.public_key,), temporary_key_lifetime=86_400)
        config = ClientConfig(connection_config=connection, endpoints={2: (Endpoint("192.0.2.1", 443),)})
        self.client = Client(config, entropy=Random("client").randbytes, now=NOW)
        self.edges: list[Edge] = []
        self._known: dict[DcSession, str] = {}
        self._connections: dict[int, DataCenterConnection] = {}

    def step(self, cause: str, act: Callable[[], object]) -> None:
        """Call `act`, and record which sessions changed their state."""
        act()
        sessions = self.client._connections.sessions  # noqa: SLF001 - no public interface shows the sessions
        for session in sessions:
            self._record(session, self._known.get(session, IDLE), state_of(session), cause)
        for session in self._known.keys() - set(sessions):
            self._record(session, self._known.pop(session), ENDED, cause)

    def _record(self, session: DcSession, before: str, after: str, cause: str) -> None:
        if before != after and (before, after, cause) not in self.edges:
            self.edges.append((before, after, cause))
        if after != ENDED:
            self._known[session] = after

    def invoke(self) -> None:
        """The application makes a request."""
        self.step("a request", lambda: self.client.invoke(functions.help.GetNearestDc(), now=self.now))

    def perform_actions(self) -> int:
        """Perform the client's actions; returns the number of the connection to open."""
        found = 0
        while (action := self.client.next_action()) is not None:
            match action:
                case Connect(connection_id=found):
                    pass
                case Disconnect(connection_id=connection_id):
                    self._connections.pop(connection_id, None)
        return found

    def connect(self) -> None:
        """Open the connection that the client asks for."""
        connection_id = self.perform_actions()
        self._connections[connection_id] = self.data_center.accept(now=self.now)
        self.step("connection_made", lambda: self.client.connection_made(connection_id, now=self.now))

    def exchange(self) -> None:
        """Exchange bytes until neither end has any to send."""
        moved = True
        while moved:
            moved = False
            for connection_id, end in list(self._connections.items()):
                up = self.client.data_to_send(connection_id, now=self.now)
                end.receive_data(up, now=self.now) if up else None
                down = end.data_to_send(now=self.now)
                self.client.receive_data(connection_id, down, now=self.now) if down else None
                moved |= bool(up or down)
            while self.client.next_event() is not None:
                pass

    def disconnect(self) -> None:
        """The data center closes the connection."""
        [connection_id] = self._connections
        del self._connections[connection_id]
        self.step("connection closed", lambda: self.client.receive_data(connection_id, b"", now=self.now))

    def wait(self, seconds: float, cause: str) -> None:
        """Let time pass."""
        self.now += seconds
        self.step(cause, lambda: self.client.handle_deadline(now=self.now))


@cache
def edges() -> tuple[Edge, ...]:
    """Every change of state."""
    run = RecordedRun()
    run.invoke()
    failed = run.perform_actions()
    run.step("connection_failed", lambda: run.client.connection_failed(failed, "no route", now=run.now))
    run.wait(2, "end of the back-off")
    run.connect()
    run.exchange()
    run.invoke()
    run.disconnect()
    run.wait(4, "end of the back-off")
    run.connect()
    run.exchange()
    run.wait(61, "idle_timeout")
    run.perform_actions()
    _log_in(run)
    run.exchange()
    run.invoke()  # not delivered, so that the answer is missing when the key is renewed
    run.wait(86_400 - 3600, "key renewal")
    run.step("last answer", run.exchange)
    return tuple(run.edges)


def _log_in(run: RecordedRun) -> None:
    """Log a bot in, so that the connection stays open."""
    bot = run.data_center.add_bot("1:token")
    request = functions.auth.ImportBotAuthorization(flags=0, api_id=1, api_hash="hash", bot_auth_token="1:token")
    run.step("a request", lambda: run.client.invoke(request, now=run.now))
    run.connect()
    run.exchange()
    if run.client.user_id != bot.id:
        raise RuntimeError("the bot is not logged in")


def draw() -> str:
    """SVG of the states."""
    return state_drawing.draw(boxes_of(edges(), ORDER), "The states of a session with a data center")


def draw_reactions() -> str:
    """SVG: the errors on the left, and what the client does about them on the right."""
    drawing = Drawing("How the client handles errors")
    groups = [(reaction, [name for name, its in REACTIONS.items() if its is reaction]) for reaction in ErrorPolicy]
    left = max(width_of(name) for name in REACTIONS) + 24
    right = left + 110
    y = 0.0
    for reaction, names in groups:
        rows = names or ["all other errors"]
        height = len(rows) * 22
        middle = y + height / 2
        for number, name in enumerate(rows):
            line = y + 11 + number * 22
            drawing.text(left - 8, line + 4, name, anchor="end")
            drawing.line([(left, line), (right, middle)], arrow=number == len(rows) // 2)
        drawing.box(right, middle - 14, width_of(reaction.value) + 24, 28, hint=reaction.name)
        drawing.text(right + 12, middle + 4, reaction.value)
        y += height + 22
    return drawing.svg()
