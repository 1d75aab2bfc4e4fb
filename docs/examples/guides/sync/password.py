"""Set a 2FA password, with blocking sockets.

Usage, in docs/examples:
    python -m guides.sync.password 127.0.0.1:4430 dc.pem session.json
"""

import os
import sys
from getpass import getpass
from typing import Any

from command_line import logged_in_client_arguments
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.sync import open_client


def main(config: ClientConfig, snapshot: dict[str, Any]) -> None:
    with open_client(config, snapshot) as client:
        flow = auth.PasswordSettings()
        for prompt in client.steps(flow):
            match prompt:
                case auth.PasswordSettingsPrompt(has_password=False):
                    password = getpass("New password: ")
                    flow.set_password(password, hint="", entropy=os.urandom)
                case _:
                    sys.exit(f"This program does not support {prompt}")
        print(flow.state)


if __name__ == "__main__":
    main(*logged_in_client_arguments())
