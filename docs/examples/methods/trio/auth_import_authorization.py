"""auth.importAuthorization, with trio.

Usage, in docs/examples:
    python -m methods.trio.auth_import_authorization 127.0.0.1:4430 dc.pem
"""

import json

import trio

from command_line import connection_arguments
from sansio_tl import Config, functions
from sansio_tl_transports.trio import connect


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as connection:
        exported = json.loads(await trio.to_thread.run_sync(input, "Result of auth.exportAuthorization: "))
        authorization = await connection.invoke(
            functions.auth.ImportAuthorization(
                id=exported["id"],
                bytes=bytes.fromhex(exported["bytes"]),
            )
        )
        print(type(authorization).__name__)


if __name__ == "__main__":
    trio.run(main, *connection_arguments())
