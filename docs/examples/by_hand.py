"""Log in over one link, making each move by hand: the flow says what it wants, and somebody answers."""

import os
import sys
from getpass import getpass
from typing import Any

from sansio_tl import Config, auth
from sansio_tl.data_centers import PRODUCTION
from sansio_tl_transports.sync import connect


def move(flow: auth.PhoneCode[Any]) -> None:
    """Let the person make the next move of a log-in."""
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
        case wanted:
            sys.exit(f"This program knows no answer to {wanted}")


def main(address: tuple[str, int], config: Config, api_hash: str, phone_number: str) -> None:
    """Log a person in; the auth key of the link is what to keep."""
    flow = auth.log_in(phone_number, api_id=config.api_id, api_hash=api_hash)
    with connect(address, config) as link:
        while not flow.finished:
            if (elsewhere := link.run(flow)) is not None:
                sys.exit(f"The account lives on data center {elsewhere}")
            if not flow.finished:
                move(flow)
        print("Logged in with the key", link.auth_key.id.hex())


if __name__ == "__main__":
    _, api_id, api_hash, phone_number = sys.argv
    main((PRODUCTION[2].ipv4, 443), Config(api_id=int(api_id)), api_hash, phone_number)
