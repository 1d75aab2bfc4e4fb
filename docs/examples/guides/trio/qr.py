"""Log in by QR code, with trio.

Usage, in docs/examples:
    python -m guides.trio.qr 127.0.0.1:4430 dc.pem
"""

import os
import sys
from getpass import getpass

import trio

from command_line import client_arguments
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.trio import open_client

API_HASH = "from my.telegram.org"


async def main(config: ClientConfig) -> None:
    async with open_client(config) as client:
        flow = auth.QrLogin(api_id=config.connection_config.api_id, api_hash=API_HASH)
        async for prompt in client.steps(flow):
            match prompt:
                case auth.ScanPrompt(link=link):
                    print("scan this with a logged-in device:", link)
                case auth.PasswordPrompt(hint=hint):
                    password = await trio.to_thread.run_sync(getpass, f"Password ({hint}): ")
                    flow.enter_password(password, entropy=os.urandom)
                case _:
                    sys.exit(f"This program does not support {prompt}")
        print(flow.state)


if __name__ == "__main__":
    trio.run(main, *client_arguments())
