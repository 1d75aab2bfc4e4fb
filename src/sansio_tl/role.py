"""The role of the engine on a connection."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Role(Enum):
    """The client connects and sends requests; the server listens and answers."""

    CLIENT = "client"
    SERVER = "server"


CLIENT: Final = Role.CLIENT
SERVER: Final = Role.SERVER
"""The members as constants, for code that runs for every message: before Python 3.12 an enum member is found by a
call."""
