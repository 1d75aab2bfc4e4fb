"""Pyrogram or Kurigram, whichever is installed here: both are the package `pyrogram`."""

from __future__ import annotations

import contextlib
import os
from io import BytesIO
from typing import Any

from loop import serve

with contextlib.redirect_stdout(open(os.devnull, "w")):  # noqa: PTH123  it prints a banner
    import pyrogram
    from pyrogram.raw.all import layer
    from pyrogram.raw.core import TLObject


def decode(data: bytes) -> Any:
    return TLObject.read(BytesIO(data))


def encode(value: Any) -> bytes:
    written: bytes = value.write()
    return written


if __name__ == "__main__":
    serve({"version": pyrogram.__version__, "layer": layer}, decode, encode)
