"""Log out, with trio."""

import sys

import trio

from command_line import member
from sansio_tl import auth
from sansio_tl.connection import Config
from sansio_tl.crypto.auth_key import AuthKey
from transports.trio import connect


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as link:
        flow = auth.LogOut()
        if (elsewhere := await link.run(flow)) is not None:
            sys.exit(f"go on at data centre {elsewhere}")
        tokens = auth.remember_token((), flow.future_auth_token)
        print("tokens for the next log-in:", len(tokens))


if __name__ == "__main__":
    trio.run(main, *member())
