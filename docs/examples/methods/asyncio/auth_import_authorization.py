"""auth.importAuthorization, with asyncio.

Usage, in docs/examples:
    python -m methods.asyncio.auth_import_authorization 127.0.0.1:4430 dc.pem
"""

import asyncio
import json

from command_line import connection_arguments
from sansio_tl import Config, functions
from sansio_tl_transports.asyncio import connect


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as connection:
        exported = json.loads(await asyncio.to_thread(input, "Result of auth.exportAuthorization: "))
        authorization = await connection.invoke(
            functions.auth.ImportAuthorization(
                id=exported["id"],
                bytes=bytes.fromhex(exported["bytes"]),
            )
        )
        print(type(authorization).__name__)


if __name__ == "__main__":
    asyncio.run(main(*connection_arguments()))
