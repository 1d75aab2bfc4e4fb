"""account.updatePasswordSettings, with trio."""

from getpass import getpass

import trio

from command_line import member
from sansio_tl import AuthKey, Config, functions, types
from sansio_tl_transports.trio import connect
from two_step import prove


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as link:
        known = await link.invoke(functions.account.GetPassword())
        proof = await trio.to_thread.run_sync(prove, known, await trio.to_thread.run_sync(getpass, "Password: "))
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
    trio.run(main, *member())
