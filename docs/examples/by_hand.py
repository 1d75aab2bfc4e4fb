"""Log in over one connection, step by step: the flow asks for input, and the program gives it."""

import os
import sys
from getpass import getpass
from typing import Any

from sansio_tl import Config, auth
from sansio_tl.data_centers import PRODUCTION
from sansio_tl_transports.sync import connect


def enter(flow: auth.PhoneCodeFlow[Any]) -> None:
    """Ask the user for what the flow needs next."""
    if flow.error is not None:
        print(flow.error.message)
    match flow.prompt:
        case auth.NumberPrompt():
            flow.send_code(input("Phone number: "))
        case auth.CodePrompt(via=via):
            flow.enter_code(input(f"Code ({via.value}): "))
        case auth.PasswordPrompt(hint=hint):
            flow.enter_password(getpass(f"Password ({hint}): "), entropy=os.urandom)
        case auth.SignUpPrompt():
            flow.sign_up(input("Your first name: "))
        case prompt:
            sys.exit(f"This program does not support {prompt}")


def main(address: tuple[str, int], config: Config, api_hash: str, phone_number: str) -> None:
    """Log a user in; a program keeps the auth key of the connection."""
    flow = auth.log_in(phone_number, api_id=config.api_id, api_hash=api_hash)
    with connect(address, config) as connection:
        while not flow.finished:
            if (dc_id := connection.run(flow)) is not None:
                sys.exit(f"The account's home is data center {dc_id}")
            if not flow.finished:
                enter(flow)
        print("Logged in with the key", connection.auth_key.id.hex())


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(f"usage: {sys.argv[0]} API_ID API_HASH PHONE_NUMBER")
    _, api_id, api_hash, phone_number = sys.argv
    main((PRODUCTION[2].ipv4, 443), Config(api_id=int(api_id)), api_hash, phone_number)
