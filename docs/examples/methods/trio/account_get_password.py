"""account.getPassword, with trio."""

import trio

from command_line import member
from sansio_tl import AuthKey, Config, functions
from sansio_tl_transports.trio import connect


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as link:
        known = await link.invoke(functions.account.GetPassword())
        print("hint:", known.hint if known.has_password else "there is no password")


if __name__ == "__main__":
    trio.run(main, *member())
