"""auth.importLoginToken, with trio.

Usage, in docs/examples:
    python -m methods.trio.auth_import_login_token 127.0.0.1:4430 dc.pem
"""

import trio

from command_line import connection_arguments
from sansio_tl import Config, functions
from sansio_tl.auth.qr import token_of_link
from sansio_tl_transports.trio import connect


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as connection:
        token = token_of_link(await trio.to_thread.run_sync(input, "QR code: "))
        imported = await connection.invoke(functions.auth.ImportLoginToken(token=token))
        print(type(imported).__name__)


if __name__ == "__main__":
    trio.run(main, *connection_arguments())
