"""Draws the states of a client's channel, as a rehearsal with a data center went through them, and the reactions.

The states are read off the channel itself after each thing that its driver or the application did, so the drawing shows
what happens. `LAYOUT` only says where on the page a state stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from random import Random
from types import MappingProxyType

from sansio_tl import Client, ClientConfig, Config, Endpoint, functions
from sansio_tl.client import Connect, Disconnect
from sansio_tl.client.dc_session import DcSession
from sansio_tl.client.error_policy import REACTIONS, ErrorPolicy
from sansio_tl.testing import DataCenter, DataCenterConnection
from svg import Drawing, width_of

NOW = 1_700_000_000.0

IDLE, DIALLING, UP, WAITING, RETIRING, ENDED = "idle", "dialling", "up", "waiting", "draining", "ended"

LAYOUT: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        IDLE: (330, 20),
        DIALLING: (60, 120),
        UP: (600, 120),
        WAITING: (330, 220),
        RETIRING: (870, 120),
        ENDED: (870, 220),
    }
)
"""Where the middle of a state stands."""

Edge = tuple[str, str, str]
"""From, to, and what happened."""

_BOX = (96.0, 34.0)


def state_of(channel: DcSession) -> str:
    """What a channel is about."""
    if channel.draining:
        return RETIRING
    if channel.connection is not None:
        return UP
    if channel.dialling:
        return DIALLING
    return IDLE if channel.retry_at is None else WAITING


class Rehearsal:
    """A client with temporary keys and its data center, and a record of what became of the channels."""

    def __init__(self) -> None:
        self.now = NOW
        self.data_center = DataCenter(entropy=Random("server").randbytes, now=NOW)
        connection = Config(api_id=1, public_keys=(self.data_center.public_key,), temporary_key_lifetime=86_400)
        config = ClientConfig(connection_config=connection, endpoints={2: (Endpoint("192.0.2.1", 443),)})
        self.client = Client(config, entropy=Random("client").randbytes, now=NOW)
        self.edges: list[Edge] = []
        self._known: dict[DcSession, str] = {}
        self._links: dict[int, DataCenterConnection] = {}

    def happens(self, what: str, act: Callable[[], object]) -> None:
        """Let something happen, and note which channels are in another state afterwards."""
        act()
        channels: list[DcSession] = self.client._links.channels  # noqa: SLF001 - nobody else can know
        for channel in channels:
            self._note(channel, self._known.get(channel, IDLE), state_of(channel), what)
        for channel in self._known.keys() - set(channels):
            self._note(channel, self._known.pop(channel), ENDED, what)

    def _note(self, channel: DcSession, before: str, after: str, what: str) -> None:
        if before != after and (before, after, what) not in self.edges:
            self.edges.append((before, after, what))
        if after != ENDED:
            self._known[channel] = after

    def ask(self) -> None:
        """The application asks something."""
        self.happens("something to ask", lambda: self.client.invoke(functions.help.GetNearestDc(), now=self.now))

    def dialled(self) -> int:
        """The number of the link that is to be dialled; links that are hung up are forgotten."""
        found = 0
        while (action := self.client.next_action()) is not None:
            match action:
                case Connect(connection_id=found):
                    pass
                case Disconnect(connection_id=link):
                    self._links.pop(link, None)
        return found

    def connect(self) -> None:
        """The dialled link opens."""
        link = self.dialled()
        self._links[link] = self.data_center.accept(now=self.now)
        self.happens("connection_made", lambda: self.client.connection_made(link, now=self.now))

    def exchange(self) -> None:
        """Carry bytes until both ends are silent."""
        moved = True
        while moved:
            moved = False
            for link, end in list(self._links.items()):
                up = self.client.data_to_send(link, now=self.now)
                end.receive_data(up, now=self.now) if up else None
                down = end.data_to_send(now=self.now)
                self.client.receive_data(link, down, now=self.now) if down else None
                moved |= bool(up or down)
            while self.client.next_event() is not None:
                pass

    def cut(self) -> None:
        """The data center hangs up."""
        [link] = self._links
        del self._links[link]
        self.happens("the link ends", lambda: self.client.receive_data(link, b"", now=self.now))

    def wait(self, seconds: float, what: str) -> None:
        """Time passes."""
        self.now += seconds
        self.happens(what, lambda: self.client.handle_deadline(now=self.now))


@cache
def edges() -> tuple[Edge, ...]:
    """Every change of state that there is."""
    play = Rehearsal()
    play.ask()
    failed = play.dialled()
    play.happens("connection_failed", lambda: play.client.connection_failed(failed, "no route", now=play.now))
    play.wait(2, "the back-off is over")
    play.connect()
    play.exchange()
    play.ask()
    play.cut()
    play.wait(4, "the back-off is over")
    play.connect()
    play.exchange()
    play.wait(61, "not used for a while")
    play.dialled()
    _log_in(play)
    play.exchange()
    play.ask()  # not delivered, so that it has to be waited for
    play.wait(86_400 - 3600, "its key is renewed")
    play.happens("its answers are there", play.exchange)
    return tuple(play.edges)


def _log_in(play: Rehearsal) -> None:
    """Somebody logs in, so that the link is kept."""
    bot = play.data_center.add_bot("1:token")
    request = functions.auth.ImportBotAuthorization(flags=0, api_id=1, api_hash="hash", bot_auth_token="1:token")
    play.happens("something to ask", lambda: play.client.invoke(request, now=play.now))
    play.connect()
    play.exchange()
    if play.client.user_id != bot.id:
        raise RuntimeError("the rehearsal has nobody logged in")


def draw() -> str:
    """SVG of the states."""
    drawing = Drawing("The states of a channel")
    found = edges()
    pairs = {(before, after) for before, after, _ in found}
    for before, after in sorted(pairs):
        words = [what for one, two, what in found if (one, two) == (before, after)]
        _draw_edge(drawing, before, after, words, apart=(after, before) in pairs)
    width, height = _BOX
    for state in {state for pair in pairs for state in pair}:
        x, y = LAYOUT[state]
        drawing.box(x - width / 2, y - height / 2, width, height)
        drawing.text(x, y + 4, state, style="label", anchor="middle")
    return drawing.svg()


def _draw_edge(drawing: Drawing, before: str, after: str, words: list[str], *, apart: bool) -> None:
    (x1, y1), (x2, y2) = LAYOUT[before], LAYOUT[after]
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    aside_x, aside_y = (y2 - y1) / length, (x1 - x2) / length
    shift = 9.0 if apart else 0.0
    line = (x1 + aside_x * shift, y1 + aside_y * shift), (x2 + aside_x * shift, y2 + aside_y * shift)
    start, end = _leaves(LAYOUT[before], *line), _leaves(LAYOUT[after], *reversed(line))
    drawing.line([start, end], arrow=True)
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    if abs(y2 - y1) < abs(x2 - x1) / 4:
        drawing.text(x, y - 6, ", ".join(words), style="small", anchor="middle")
        return
    to_the_right = aside_x >= 0 if apart else x > LAYOUT[IDLE][0]
    for number, text in enumerate(words):
        level = y + 4 + (number - (len(words) - 1) / 2) * 13
        drawing.text(
            x + (24 if to_the_right else -24), level, text, style="small", anchor="start" if to_the_right else "end"
        )


def _leaves(box: tuple[float, float], start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """Where a line that begins inside a box leaves it."""
    ways = []
    for middle, half, at, towards in zip(box, (_BOX[0] / 2, _BOX[1] / 2), start, end, strict=True):
        if towards != at:
            ways.append((middle + (half if towards > at else -half) - at) / (towards - at))
    share = min(ways)
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def draw_reactions() -> str:
    """SVG: the errors on the left, and what the client does about them by itself on the right."""
    drawing = Drawing("What the client does about errors by itself")
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
