"""auth.importLoginToken, with asyncio.

Usage, in docs/examples:
    python -m methods.asyncio.auth_import_login_token 127.0.0.1:4430 dc.pem
"""

import asyncio

from command_line import connection_arguments
from sansio_tl import Config, functions
from sansio_tl.auth.qr import token_of_link
from sansio_tl_transports.asyncio import connect


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as connection:
        token = token_of_link(await asyncio.to_thread(input, "QR code: "))
        imported = await connection.invoke(functions.auth.ImportLoginToken(token=token))
        print(type(imported).__name__)


if __name__ == "__main__":
    asyncio.run(main(*connection_arguments()))
