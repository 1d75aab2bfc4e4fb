"""auth.importAuthorization, with trio."""

import json

import trio

from command_line import stranger
from sansio_tl import Config, functions
from sansio_tl_transports.trio import connect


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as link:
        exported = json.loads(await trio.to_thread.run_sync(input, "What was exported: "))
        welcome = await link.invoke(
            functions.auth.ImportAuthorization(
                id=exported["id"],
                bytes=bytes.fromhex(exported["bytes"]),
            )
        )
        print(type(welcome).__name__)


if __name__ == "__main__":
    trio.run(main, *stranger())
