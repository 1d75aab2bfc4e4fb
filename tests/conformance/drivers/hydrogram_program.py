"""Hydrogram, which has only Telegram's addresses and keys: logs in, makes two calls, and exits."""

from __future__ import annotations

import asyncio
import base64
import os
from pathlib import Path

from hydrogram import Client, raw
from hydrogram.crypto import rsa
from hydrogram.session.internals import DataCenter

ADDRESS = os.environ["HOST"], int(os.environ["PORT"])
DataCenter.__new__ = lambda *_: ADDRESS  # of every data center

LINES = Path(os.environ["PUBLIC_KEY"]).read_text().splitlines()
DER = base64.b64decode("".join(LINES[1:-1]))
MODULUS = int.from_bytes(DER[-261:-5], "big")  # 2048 bits; the exponent, 65537, is behind it
rsa.server_public_keys.clear()
rsa.server_public_keys[int(os.environ["FINGERPRINT"])] = rsa.PublicKey(MODULUS, 65537)


async def main() -> None:
    client = Client(
        "conformance",
        api_id=int(os.environ["API_ID"]),
        api_hash=os.environ["API_HASH"],
        phone_number=os.environ["PHONE"],
        phone_code=os.environ["CODE"],
        password=os.environ["PASSWORD"],
        in_memory=True,  # the next case begins without a session
    )
    async with client:
        await client.invoke(raw.functions.help.GetNearestDc())
        await client.invoke(raw.functions.help.GetConfig())


asyncio.run(main())
