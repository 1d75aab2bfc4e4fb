"""account.getTmpPassword, with asyncio."""

import asyncio
from getpass import getpass

from command_line import member
from sansio_tl import AuthKey, Config, functions
from sansio_tl_transports.asyncio import connect
from two_step import prove


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as link:
        known = await link.invoke(functions.account.GetPassword())
        proof = await asyncio.to_thread(prove, known, await asyncio.to_thread(getpass, "Password: "))
        temporary = await link.invoke(functions.account.GetTmpPassword(password=proof, period=3600))
        print("valid until", temporary.valid_until)


if __name__ == "__main__":
    asyncio.run(main(*member()))
