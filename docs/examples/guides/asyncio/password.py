"""Set a 2FA password, with asyncio."""

import asyncio
import os
import sys
from getpass import getpass

from command_line import member
from sansio_tl import auth
from sansio_tl.connection import Config
from sansio_tl.crypto.auth_key import AuthKey
from transports.asyncio import connect


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as link:
        flow = auth.PasswordSettings()
        if (elsewhere := await link.run(flow)) is not None:
            sys.exit(f"go on at data centre {elsewhere}")
        match flow.wanted:
            case auth.PasswordSettingsWanted(has_password=False):
                password = await asyncio.to_thread(getpass, "New password: ")
                flow.set_password(password, hint="", entropy=os.urandom)
            case wanted if not flow.finished:
                sys.exit(f"this program does not know {wanted}")
        if (elsewhere := await link.run(flow)) is not None:
            sys.exit(f"go on at data centre {elsewhere}")
        print(flow.state)


if __name__ == "__main__":
    asyncio.run(main(*member()))
