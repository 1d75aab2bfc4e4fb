"""auth.dropTempAuthKeys, with trio."""

import trio

from command_line import member
from sansio_tl import AuthKey, Config, functions
from sansio_tl_transports.trio import connect


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as link:
        print(await link.invoke(functions.auth.DropTempAuthKeys(except_auth_keys=[])))


if __name__ == "__main__":
    trio.run(main, *member())
