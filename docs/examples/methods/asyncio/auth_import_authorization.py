"""auth.importAuthorization, with asyncio."""

import asyncio
import json

from command_line import stranger
from sansio_tl import Config, functions
from sansio_tl_transports.asyncio import connect


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as link:
        exported = json.loads(await asyncio.to_thread(input, "What was exported: "))
        welcome = await link.invoke(
            functions.auth.ImportAuthorization(
                id=exported["id"],
                bytes=bytes.fromhex(exported["bytes"]),
            )
        )
        print(type(welcome).__name__)


if __name__ == "__main__":
    asyncio.run(main(*stranger()))
