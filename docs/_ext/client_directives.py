"""The directives `dc-session` and `reactions`: drawings of the states and the error handling of a client."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

import dc_session_drawing
from drawing_directives import Drawn


class DcSessionStates(Drawn):
    """The states of a session with a data center."""

    def draw(self) -> str:
        return dc_session_drawing.draw()


class Reactions(Drawn):
    """How the client handles errors."""

    def draw(self) -> str:
        return dc_session_drawing.draw_reactions()


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("dc-session", DcSessionStates)
    app.add_directive("reactions", Reactions)
    return {"version": str(Path(__file__).stat().st_mtime_ns), "parallel_read_safe": True}
