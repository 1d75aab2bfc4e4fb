"""Continue a login that needs input for which `login` got no callback.

At Telegram, with the api_id and the api_hash of my.telegram.org:

    python continue_login.py API_ID API_HASH PHONE_NUMBER

At a data center of your own, where any api_id and api_hash will do (the code of this number is 22222):

    sansio-tl serve --port 4430 --public-key dc.pem
    python continue_login.py 1 any +9996620000 --server 127.0.0.1:4430 --key dc.pem
"""

import argparse
import os
import sys
from getpass import getpass
from pathlib import Path
from typing import Any

from sansio_tl import ClientConfig, Config, auth
from sansio_tl_transports.sync import LoginInterrupted, open_client


def main(config: ClientConfig, api_hash: str, phone_number: str) -> None:
    """Log a user in."""
    with open_client(config) as client:
        try:
            client.login(phone_number, api_hash=api_hash, code=lambda _: input("Code: "))
        except LoginInterrupted as interrupted:
            flow: Any = interrupted.flow
            for prompt in client.steps(flow):
                match prompt:
                    case auth.PasswordPrompt(hint=hint):
                        flow.enter_password(getpass(f"Password ({hint}): "), entropy=os.urandom)
                    case auth.SignUpPrompt():
                        flow.sign_up(input("Your first name: "))
                    case _:
                        sys.exit(f"This program does not support {prompt}")
        print("Logged in as", client.user_id)


def read_arguments() -> tuple[ClientConfig, str, str]:
    """The config, the api_hash and the phone number of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("api_id", metavar="API_ID", type=int)
    parser.add_argument("api_hash", metavar="API_HASH")
    parser.add_argument("phone_number", metavar="PHONE_NUMBER")
    parser.add_argument("--server", metavar="HOST:PORT", help="log in at this data center, not at Telegram")
    parser.add_argument("--key", metavar="FILE", type=Path, help="the public key of that data center")
    given = parser.parse_args()
    if given.server is None:
        config = ClientConfig(connection_config=Config(api_id=given.api_id))
    elif given.key is None:
        parser.error("--server requires --key")
    else:
        host, _, port = given.server.rpartition(":")
        config = ClientConfig.for_server(host, int(port), public_key=given.key.read_text(), api_id=given.api_id)
    return config, given.api_hash, given.phone_number


if __name__ == "__main__":
    main(*read_arguments())
