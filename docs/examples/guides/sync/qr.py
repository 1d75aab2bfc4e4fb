"""Log in by QR code, with blocking sockets.

Usage, in docs/examples:
    python -m guides.sync.qr 127.0.0.1:4430 dc.pem
"""

import os
import sys
from getpass import getpass

from command_line import client_arguments
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.sync import open_client

API_HASH = "from my.telegram.org"


def main(config: ClientConfig) -> None:
    with open_client(config) as client:
        flow = auth.QrLogin(api_id=config.connection_config.api_id, api_hash=API_HASH)
        for prompt in client.steps(flow):
            match prompt:
                case auth.ScanPrompt(link=link):
                    print("scan this with a logged-in device:", link)
                case auth.PasswordPrompt(hint=hint):
                    password = getpass(f"Password ({hint}): ")
                    flow.enter_password(password, entropy=os.urandom)
                case _:
                    sys.exit(f"This program does not support {prompt}")
        print(flow.state)


if __name__ == "__main__":
    main(*client_arguments())
