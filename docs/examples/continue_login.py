"""Continue a login that needs input for which `login` got no callback."""

import os
import sys
from getpass import getpass
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


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(f"usage: {sys.argv[0]} API_ID API_HASH PHONE_NUMBER")
    _, api_id, api_hash, phone_number = sys.argv
    main(ClientConfig(connection_config=Config(api_id=int(api_id))), api_hash, phone_number)
