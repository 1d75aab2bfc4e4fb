"""Log in step by step: the flow asks for input, and the program gives it."""

import os
import sys
from getpass import getpass

from sansio_tl import ClientConfig, Config, auth
from sansio_tl_transports.sync import open_client


def main(config: ClientConfig, api_hash: str, phone_number: str) -> None:
    """Log a user in."""
    flow = auth.log_in(phone_number, api_id=config.connection_config.api_id, api_hash=api_hash)
    with open_client(config) as client:
        for prompt in client.steps(flow):
            if flow.error is not None:
                print(flow.error.message)
            match prompt:
                case auth.NumberPrompt():
                    flow.send_code(input("Phone number: "))
                case auth.CodePrompt(via=via):
                    flow.enter_code(input(f"Code ({via.value}): "))
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
