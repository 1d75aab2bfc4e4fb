"""auth.checkRecoveryPassword, with blocking sockets.

Usage, in docs/examples:
    python -m methods.sync.auth_check_recovery_password 127.0.0.1:4430 dc.pem
"""

import sys

from command_line import connection_arguments
from sansio_tl import Config, errors, functions, types
from sansio_tl_transports.sync import connect

API_HASH = "from my.telegram.org"


def main(address: tuple[str, int], config: Config) -> None:
    with connect(address, config) as connection:
        phone_number = input("Phone number: ")
        sent = connection.invoke(
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
            connection.invoke(
                functions.auth.SignIn(
                    phone_number=phone_number,
                    phone_code_hash=sent.phone_code_hash,
                    phone_code=input("Code: "),
                )
            )
        except errors.SessionPasswordNeeded:
            print("the account has a password")
        connection.invoke(functions.auth.RequestPasswordRecovery())
        code = input("Recovery code: ")
        right = connection.invoke(functions.auth.CheckRecoveryPassword(code=code))
        print(right)


if __name__ == "__main__":
    main(*connection_arguments())
