"""invokeWithGooglePlayIntegrity, with asyncio."""

import asyncio

from command_line import stranger
from sansio_tl import functions
from sansio_tl.connection import Config
from transports.asyncio import connect


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as link:
        nearest = await link.invoke(
            functions.InvokeWithGooglePlayIntegrity(
                nonce=await asyncio.to_thread(input, "Nonce: "),
                token=await asyncio.to_thread(input, "Token: "),
                query=functions.help.GetNearestDc(),
            )
        )
        print(nearest)


if __name__ == "__main__":
    asyncio.run(main(*stranger()))
