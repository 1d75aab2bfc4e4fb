"""Log a bot in, with asyncio.

Usage, in docs/examples:
    python -m guides.asyncio.bot 127.0.0.1:4430 dc.pem
"""

import asyncio
from getpass import getpass

from command_line import client_arguments
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.asyncio import open_client

API_HASH = "from my.telegram.org"


async def main(config: ClientConfig) -> None:
    async with open_client(config) as client:
        token = await asyncio.to_thread(getpass, "Token: ")
        flow = auth.BotLogin(token, api_id=config.connection_config.api_id, api_hash=API_HASH)
        await client.run(flow)
        print(flow.error.message if flow.error else flow.state)


if __name__ == "__main__":
    asyncio.run(main(*client_arguments()))
