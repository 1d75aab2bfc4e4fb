"""Telethon, as it reads an answer and writes a request."""

from __future__ import annotations

from typing import Any

import telethon
from loop import serve
from telethon.extensions import BinaryReader
from telethon.tl.alltlobjects import LAYER


def decode(data: bytes) -> Any:
    return BinaryReader(data).tgread_object()


if __name__ == "__main__":
    serve({"version": telethon.__version__, "layer": LAYER}, decode, bytes)
