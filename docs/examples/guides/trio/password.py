"""Set a 2FA password, with trio."""

import os
import sys
from getpass import getpass
from typing import Any

import trio

from command_line import old_account
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.trio import open_client


async def main(config: ClientConfig, snapshot: dict[str, Any]) -> None:
    async with open_client(config, snapshot) as account:
        flow = auth.PasswordSettings()
        async for wanted in account.steps(flow):
            match wanted:
                case auth.PasswordSettingsPrompt(has_password=False):
                    password = await trio.to_thread.run_sync(getpass, "New password: ")
                    flow.set_password(password, hint="", entropy=os.urandom)
                case _:
                    sys.exit(f"this program does not know {wanted}")
        print(flow.state)


if __name__ == "__main__":
    trio.run(main, *old_account())
