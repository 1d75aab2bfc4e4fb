"""Telethon's asyncio client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import telethon
from calling import ANSWER, HISTORY, PART, REQUEST, SMALL, Target, take_orders
from loop import Orders
from telethon import TelegramClient
from telethon.crypto import rsa
from telethon.network.connection import ConnectionTcpIntermediate
from telethon.sessions import MemorySession
from telethon.tl import functions, types


async def main() -> None:
    target = Target.from_arguments()
    rsa.add_key(target.key, old=False)
    session = MemorySession()
    session.set_dc(2, target.host, target.port)
    client = TelegramClient(session, 1, "hash", connection=ConnectionTcpIntermediate)
    await client.connect()

    def history(limit: int, min_id: int) -> Awaitable[object]:
        call: Awaitable[object] = client(
            functions.messages.GetHistoryRequest(types.InputPeerSelf(), 0, None, 0, limit, 0, min_id, 0)
        )
        return call

    place = types.InputDocumentFileLocation(1, 2, b"reference", "")
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        SMALL: lambda: client(functions.help.GetNearestDcRequest()),
        ANSWER: lambda: client(functions.upload.GetFileRequest(place, 0, 1 << 16)),
        REQUEST: lambda: client(functions.upload.SaveFilePartRequest(1, 0, PART)),
        **{name: partial(history, *asked) for name, asked in HISTORY.items()},
    }
    await take_orders(Orders({"version": telethon.__version__}), calls)
    await client.disconnect()


if __name__ == "__main__":
    asyncio.run(main())
