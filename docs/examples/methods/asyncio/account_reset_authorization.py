"""account.resetAuthorization, with asyncio."""

import asyncio

from command_line import member
from sansio_tl import AuthKey, Config, functions
from sansio_tl_transports.asyncio import connect


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as link:
        listed = await link.invoke(functions.account.GetAuthorizations())
        for session in listed.authorizations:
            if not session.current:
                print(await link.invoke(functions.account.ResetAuthorization(hash=session.hash)))


if __name__ == "__main__":
    asyncio.run(main(*member()))
