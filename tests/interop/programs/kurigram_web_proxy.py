"""Kurigram's client through a WEB proxy: python kurigram_web_proxy.py SETTINGS, JSON with what it needs.

It connects to port 443 of a name: that is led to the relay on this machine, whose certificate it trusts. Prints the
constructor of each answer to req_pq_multi, in hexadecimal.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import struct
import sys
import time
from typing import Any

from pyrogram.connection.connection import transport_class_for
from pyrogram.connection.proxy import normalize_proxy
from pyrogram.connection.transport.tcp import web_proxy_carrier

SETTINGS: dict[str, Any] = json.loads(sys.argv[1])
open_connection = asyncio.open_connection
create_default_context = ssl.create_default_context


async def lead_here(host: str | None = None, port: int | None = None, **rest: Any) -> Any:
    return await open_connection("127.0.0.1", SETTINGS["port"], **rest)


def req_pq_multi() -> bytes:
    body = struct.pack("<I", 0xBE7E8EF1) + os.urandom(16)
    return struct.pack("<qQi", 0, int(time.time() * 2**32) & ~3, len(body)) + body


async def main() -> None:
    web_proxy_carrier.asyncio.open_connection = lead_here
    web_proxy_carrier.ssl.create_default_context = lambda: create_default_context(cafile=SETTINGS["certificate"])
    proxy = normalize_proxy(SETTINGS["link"])
    transport = transport_class_for(proxy)(ipv6=False, proxy=proxy, dc_id=2)
    await transport.connect(("unused", 0))
    for _ in range(SETTINGS["times"]):
        await transport.send(req_pq_multi())
        answer = await asyncio.wait_for(transport.recv(), 20)
        print(answer[20:24][::-1].hex(), flush=True)
    await transport.close()


if __name__ == "__main__":
    asyncio.run(main())
