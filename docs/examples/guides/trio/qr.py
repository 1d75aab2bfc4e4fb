"""Log in by QR code, with trio."""

import os
import sys
from getpass import getpass

import trio

from command_line import new_account
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.trio import open_client

API_HASH = "from my.telegram.org"


async def main(config: ClientConfig) -> None:
    async with open_client(config) as account:
        flow = auth.QrLogin(api_id=config.connection_config.api_id, api_hash=API_HASH)
        async for wanted in account.steps(flow):
            match wanted:
                case auth.ScanPrompt(link=link):
                    print("scan this with a device that is logged in:", link)
                case auth.PasswordPrompt(hint=hint):
                    password = await trio.to_thread.run_sync(getpass, f"Password ({hint}): ")
                    flow.enter_password(password, entropy=os.urandom)
                case _:
                    sys.exit(f"this program does not know {wanted}")
        print(flow.state)


if __name__ == "__main__":
    trio.run(main, *new_account())
