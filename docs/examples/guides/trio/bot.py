"""Log a bot in, with trio.

Usage, in docs/examples:
    python -m guides.trio.bot 127.0.0.1:4430 dc.pem
"""

from getpass import getpass

import trio

from command_line import client_arguments
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.trio import open_client

API_HASH = "from my.telegram.org"


async def main(config: ClientConfig) -> None:
    async with open_client(config) as client:
        token = await trio.to_thread.run_sync(getpass, "Token: ")
        flow = auth.BotLogin(token, api_id=config.connection_config.api_id, api_hash=API_HASH)
        await client.run(flow)
        print(flow.error.message if flow.error else flow.state)


if __name__ == "__main__":
    trio.run(main, *client_arguments())
