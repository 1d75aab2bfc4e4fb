"""account.changeAuthorizationSettings, with trio.

Usage, in docs/examples:
    python -m methods.trio.account_change_authorization_settings 127.0.0.1:4430 dc.pem session.json
"""

import trio

from command_line import logged_in_connection_arguments
from sansio_tl import AuthKey, Config, functions
from sansio_tl_transports.trio import connect


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as connection:
        listed = await connection.invoke(functions.account.GetAuthorizations())
        for session in listed.authorizations:
            if not session.current:
                settings = functions.account.ChangeAuthorizationSettings(hash=session.hash, confirmed=True)
                print(await connection.invoke(settings))


if __name__ == "__main__":
    trio.run(main, *logged_in_connection_arguments())
