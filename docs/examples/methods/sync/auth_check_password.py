"""auth.checkPassword, on plain sockets."""

import sys
from getpass import getpass

from command_line import stranger
from sansio_tl import Config, errors, functions, types
from sansio_tl_transports.sync import connect
from two_step import prove

API_HASH = "from my.telegram.org"


def main(address: tuple[str, int], config: Config) -> None:
    with connect(address, config) as link:
        phone_number = input("Phone number: ")
        sent = link.invoke(
            functions.auth.SendCode(
                phone_number=phone_number,
                api_id=config.api_id,
                api_hash=API_HASH,
                settings=types.CodeSettings(),
            )
        )
        if not isinstance(sent, types.auth.SentCode):
            sys.exit(f"no code was sent: {sent}")
        try:
            link.invoke(
                functions.auth.SignIn(
                    phone_number=phone_number,
                    phone_code_hash=sent.phone_code_hash,
                    phone_code=input("Code: "),
                )
            )
        except errors.SessionPasswordNeeded:
            print("the account has a password")
        known = link.invoke(functions.account.GetPassword())
        proof = prove(known, getpass("Password: "))
        welcome = link.invoke(functions.auth.CheckPassword(password=proof))
        print(type(welcome).__name__)


if __name__ == "__main__":
    main(*stranger())
