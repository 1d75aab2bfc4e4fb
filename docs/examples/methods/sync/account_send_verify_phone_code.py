"""account.sendVerifyPhoneCode, with blocking sockets.

Usage, in docs/examples:
    python -m methods.sync.account_send_verify_phone_code 127.0.0.1:4430 dc.pem session.json
"""

from command_line import logged_in_connection_arguments
from sansio_tl import AuthKey, Config, functions, types
from sansio_tl_transports.sync import connect


def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    with connect(address, config, auth_key=auth_key) as connection:
        sent = connection.invoke(
            functions.account.SendVerifyPhoneCode(
                phone_number=input("Phone number to verify: "),
                settings=types.CodeSettings(),
            )
        )
        print(sent)


if __name__ == "__main__":
    main(*logged_in_connection_arguments())
