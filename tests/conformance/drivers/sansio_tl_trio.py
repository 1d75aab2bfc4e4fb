"""sansio_tl with trio: logs in, makes two calls, and exits."""

from __future__ import annotations

import os
from pathlib import Path

import trio

from sansio_tl import ClientConfig, functions
from sansio_tl_transports.trio import open_client

PROXY_URL = "tg://proxy?server={HOST}&port={PORT}&secret={PROXY_SECRET}"
PROXY = PROXY_URL.format_map(os.environ) if "PROXY_SECRET" in os.environ else None
CONFIG = ClientConfig.for_server(
    os.environ["HOST"],
    int(os.environ["PORT"]),
    public_key=Path(os.environ["PUBLIC_KEY"]).read_bytes(),
    api_id=int(os.environ["API_ID"]),
    dc_id=int(os.environ["DC"]),
)


async def main() -> None:
    async with open_client(CONFIG, proxy=PROXY) as client:
        await client.login(
            os.environ["PHONE"],
            api_hash=os.environ["API_HASH"],
            code=lambda _: os.environ["CODE"],
            password=lambda _: os.environ["PASSWORD"],
        )
        await client.invoke(functions.help.GetNearestDc())
        await client.invoke(functions.help.GetConfig())


trio.run(main)
