"""invokeWithApnsSecret, with trio."""

import trio

from command_line import stranger
from sansio_tl import functions
from sansio_tl.connection import Config
from transports.trio import connect


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as link:
        nearest = await link.invoke(
            functions.InvokeWithApnsSecret(
                nonce=await trio.to_thread.run_sync(input, "Nonce: "),
                secret=await trio.to_thread.run_sync(input, "Secret: "),
                query=functions.help.GetNearestDc(),
            )
        )
        print(nearest)


if __name__ == "__main__":
    trio.run(main, *stranger())
