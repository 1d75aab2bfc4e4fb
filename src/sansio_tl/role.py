"""Which side of a link we play."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Role(Enum):
    """The client dials and asks; the server listens and answers."""

    CLIENT = "client"
    SERVER = "server"


CLIENT: Final = Role.CLIENT
SERVER: Final = Role.SERVER
"""The same, for what is done with every message: before Python 3.12 a member of an enum is found by a function call."""
