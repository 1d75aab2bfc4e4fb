"""Log in by QR code, on plain sockets."""

import os
import sys
from getpass import getpass

from command_line import new_account
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.sync import open_client

API_HASH = "from my.telegram.org"


def main(config: ClientConfig) -> None:
    with open_client(config) as account:
        flow = auth.QrLogin(api_id=config.connection_config.api_id, api_hash=API_HASH)
        for wanted in account.steps(flow):
            match wanted:
                case auth.ScanPrompt(link=link):
                    print("scan this with a device that is logged in:", link)
                case auth.PasswordPrompt(hint=hint):
                    password = getpass(f"Password ({hint}): ")
                    flow.enter_password(password, entropy=os.urandom)
                case _:
                    sys.exit(f"this program does not know {wanted}")
        print(flow.state)


if __name__ == "__main__":
    main(*new_account())
