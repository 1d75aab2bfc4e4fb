"""account.updatePasswordSettings, with asyncio."""

import asyncio
from getpass import getpass

from command_line import member
from sansio_tl import AuthKey, Config, functions, types
from sansio_tl_transports.asyncio import connect
from two_step import prove


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as link:
        known = await link.invoke(functions.account.GetPassword())
        proof = await asyncio.to_thread(prove, known, await asyncio.to_thread(getpass, "Password: "))
        changed = await link.invoke(
            functions.account.UpdatePasswordSettings(
                password=proof,
                new_settings=types.account.PasswordInputSettings(
                    new_algo=types.PasswordKdfAlgoUnknown(),
                    new_password_hash=b"",
                    hint="",
                ),
            )
        )
        print("the password is removed:", changed)


if __name__ == "__main__":
    asyncio.run(main(*member()))
