"""Which side of a link we play."""

from __future__ import annotations

from enum import Enum


class Role(Enum):
    """The client dials and asks; the server listens and answers."""

    CLIENT = "client"
    SERVER = "server"
