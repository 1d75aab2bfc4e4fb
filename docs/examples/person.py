"""What the person does, the same for every adapter: asks them for whatever the flow wants."""

import os
import sys
from getpass import getpass
from typing import Any

from sansio_tl import auth


def move(flow: auth.PhoneCode[Any]) -> None:
    """Let the person make the next move of a log-in."""
    if flow.error is not None:
        print(flow.error.message)
    match flow.wanted:
        case auth.NumberWanted():
            flow.send_code(input("Phone number: "))
        case auth.CodeWanted(via=via):
            flow.enter_code(input(f"Code ({via.value}): "))
        case auth.PasswordWanted(hint=hint):
            flow.enter_password(getpass(f"Password ({hint}): "), entropy=os.urandom)
        case auth.SignUpWanted():
            flow.sign_up(input("Your first name: "))
        case wanted:
            sys.exit(f"This program knows no answer to {wanted}")
