"""The directives `dc-session`, `connection-states`, `server-session` and `reactions`: drawings of states and errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

import connection_drawing
import dc_session_drawing
from drawing_directives import Drawn


class DcSessionStates(Drawn):
    """The states of a session with a data center."""

    def draw(self) -> str:
        return dc_session_drawing.draw()


class ConnectionStates(Drawn):
    """The states of a client's connection."""

    def draw(self) -> str:
        return connection_drawing.draw_connection()


class ServerSessionStates(Drawn):
    """The states of a server's session."""

    def draw(self) -> str:
        return connection_drawing.draw_session()


class Reactions(Drawn):
    """How the client handles errors."""

    def draw(self) -> str:
        return dc_session_drawing.draw_reactions()


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("dc-session", DcSessionStates)
    app.add_directive("connection-states", ConnectionStates)
    app.add_directive("server-session", ServerSessionStates)
    app.add_directive("reactions", Reactions)
    return {"version": str(Path(__file__).stat().st_mtime_ns), "parallel_read_safe": True}
