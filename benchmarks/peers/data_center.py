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

from calling import GZIPPED
from loop import Orders

sys.path.append(str(Path(__file__).resolve().parents[2]))
from benchmarks.messages import messages_messages
from sansio_tl import functions, types
from sansio_tl.mtproto.container import deflate
from sansio_tl.mtproto.server.session import IncomingRequest, ServerSession
from sansio_tl.testing import DataCenter, DataCenterConfig
from sansio_tl.tl.objects import Function
from sansio_tl_transports.asyncio import serve
from sansio_tl_transports.layers import LayerSchemas

PART = Random(64).randbytes(1 << 16)
"""A part of a file: 64 KiB that cannot be compressed."""


@cache
def history(limit: int) -> types.messages.Messages:
    return messages_messages(limit)


def compress_large_answers() -> None:
    """Compress the answers that are to be, as Telegram does with all large ones; our server compresses none."""
    send_result, compressed = ServerSession.send_result, cache(deflate)

    def send_compressed(session: ServerSession, request: IncomingRequest, result: bytes) -> None:
        asked = request.query
        if isinstance(asked, functions.messages.GetHistory) and asked.min_id == GZIPPED:
            result = compressed(result)
        send_result(session, request, result)

    ServerSession.send_result = send_compressed  # type: ignore[method-assign, assignment]


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
    compress_large_answers()
    data_center = FileDataCenter(DataCenterConfig(schemas=LayerSchemas()), entropy=os.urandom, now=time.time())
    async with serve(data_center) as server:
        orders = Orders({"address": server.address, "key": data_center.public_key.to_pem()})
        while await asyncio.to_thread(orders.next) is not None:
            orders.reply({})


if __name__ == "__main__":
    asyncio.run(main())
