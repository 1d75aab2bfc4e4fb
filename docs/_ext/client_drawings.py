"""The directives `dc-session` and `reactions`: what a client does by itself, drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

import channel
from drawings import Drawn


class ChannelStates(Drawn):
    """The states of a channel."""

    def draw(self) -> str:
        return channel.draw()


class Reactions(Drawn):
    """What the client does about errors."""

    def draw(self) -> str:
        return channel.draw_reactions()


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("dc-session", ChannelStates)
    app.add_directive("reactions", Reactions)
    return {"version": str(Path(__file__).stat().st_mtime_ns), "parallel_read_safe": True}
