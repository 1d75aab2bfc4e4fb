"""auth.exportLoginToken, with trio.

Usage, in docs/examples:
    python -m methods.trio.auth_export_login_token 127.0.0.1:4430 dc.pem
"""

import trio

from command_line import connection_arguments
from sansio_tl import Config, functions, types
from sansio_tl.auth.qr import qr_link
from sansio_tl_transports.trio import connect

API_HASH = "from my.telegram.org"


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as connection:
        exported = await connection.invoke(
            functions.auth.ExportLoginToken(
                api_id=config.api_id,
                api_hash=API_HASH,
                except_ids=[],
            )
        )
        match exported:
            case types.auth.LoginToken(token=token):
                print("show as a QR code:", qr_link(token))
            case types.auth.LoginTokenMigrateTo(dc_id=dc_id):
                print("continue at data center", dc_id)
            case types.auth.LoginTokenSuccess():
                print("logged in")


if __name__ == "__main__":
    trio.run(main, *connection_arguments())
