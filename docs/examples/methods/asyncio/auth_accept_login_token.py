"""auth.acceptLoginToken, with asyncio."""

import asyncio

from command_line import member
from sansio_tl import AuthKey, Config, functions
from sansio_tl.auth.qr import token_of_link
from sansio_tl_transports.asyncio import connect


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as link:
        token = token_of_link(await asyncio.to_thread(input, "QR code: "))
        session = await link.invoke(functions.auth.AcceptLoginToken(token=token))
        print("let in:", session.device_model)


if __name__ == "__main__":
    asyncio.run(main(*member()))
