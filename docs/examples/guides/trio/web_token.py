"""Log in with a token of the web site, with trio."""

import sys
from getpass import getpass

import trio

from command_line import stranger
from sansio_tl import auth
from sansio_tl.connection import Config
from transports.trio import connect

API_HASH = "from my.telegram.org"


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as link:
        token = await trio.to_thread.run_sync(getpass, "Token: ")
        flow = auth.WebTokenLogIn(token, dc=config.dc_id, api_id=config.api_id, api_hash=API_HASH)
        if (elsewhere := await link.run(flow)) is not None:
            sys.exit(f"go on at data centre {elsewhere}")
        print(flow.error.message if flow.error else flow.state)


if __name__ == "__main__":
    trio.run(main, *stranger())
