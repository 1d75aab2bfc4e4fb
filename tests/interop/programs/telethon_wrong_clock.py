"""Telethon with an existing key and a wrong clock: prints the seconds until its first answer.

python telethon_wrong_clock.py HOST PORT PUBLIC_KEY.pem SECONDS_AHEAD
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from telethon import TelegramClient, functions
from telethon.crypto import rsa
from telethon.sessions import MemorySession

HOST, PORT, PEM, AHEAD = sys.argv[1:]
PUBLIC_KEY = Path(PEM).read_text()
right = time.time


def client(session: MemorySession) -> TelegramClient:
    return TelegramClient(session, 1, "x", connection_retries=1, request_retries=1)


async def main() -> None:
    session = MemorySession()
    session.set_dc(2, HOST, int(PORT))
    rsa.add_key(PUBLIC_KEY, old=False)
    first = client(session)
    await first.connect()
    await first(functions.help.GetConfigRequest())
    await first.disconnect()
    time.time = lambda: right() + float(AHEAD)
    second = client(session)
    began = time.monotonic()
    await second.connect()
    config = await second(functions.help.GetConfigRequest())
    print(config.this_dc, time.monotonic() - began)
    await second.disconnect()


asyncio.run(asyncio.wait_for(main(), 60))
