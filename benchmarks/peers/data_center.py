"""An embedded data center for clients to call: a process of its own, which ends when its standard input ends.

It also sends and accepts parts of files.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from loop import Orders

sys.path.append(str(Path(__file__).resolve().parents[2]))
from benchmarks.messages import messages_messages
from sansio_tl import functions, types
from sansio_tl.testing import DataCenter
from sansio_tl.tl.objects import Function
from sansio_tl_transports.asyncio import serve

PART = Random(64).randbytes(1 << 16)
"""A part of a file: 64 KiB that cannot be compressed."""


@cache
def history(limit: int) -> types.messages.Messages:
    return messages_messages(limit)


class FileDataCenter(DataCenter):
    """A data center with one file."""

    def call(
        self, query: Function[Any], *, key_id: bytes, now: float, wrappers: tuple[Function[Any], ...] = ()
    ) -> object:
        match query:
            case functions.upload.GetFile():
                return types.upload.File(types.storage.FilePartial(), 1_700_000_000, PART)
            case functions.messages.GetHistory(limit=limit):
                return history(limit)
            case functions.upload.SaveFilePart():
                return True
        return super().call(query, key_id=key_id, now=now, wrappers=wrappers)


async def main() -> None:
    data_center = FileDataCenter(entropy=os.urandom, now=time.time())
    async with serve(data_center) as server:
        orders = Orders({"address": server.address, "key": data_center.public_key.to_pem()})
        while await asyncio.to_thread(orders.next) is not None:
            orders.reply({})


if __name__ == "__main__":
    asyncio.run(main())
