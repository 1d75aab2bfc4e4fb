"""Which side of a link we play."""

from __future__ import annotations

from enum import Enum


class Role(Enum):
    CLIENT = "client"
    SERVER = "server"
