"""auth.importWebTokenAuthorization, with asyncio.

Usage, in docs/examples:
    python -m methods.asyncio.auth_import_web_token_authorization 127.0.0.1:4430 dc.pem
"""

import asyncio
from getpass import getpass

from command_line import connection_arguments
from sansio_tl import Config, functions
from sansio_tl_transports.asyncio import connect

API_HASH = "from my.telegram.org"


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as connection:
        authorization = await connection.invoke(
            functions.auth.ImportWebTokenAuthorization(
                api_id=config.api_id,
                api_hash=API_HASH,
                web_auth_token=await asyncio.to_thread(getpass, "Token: "),
            )
        )
        print(type(authorization).__name__)


if __name__ == "__main__":
    asyncio.run(main(*connection_arguments()))
