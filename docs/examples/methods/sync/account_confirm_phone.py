"""account.confirmPhone, with blocking sockets.

Usage, in docs/examples:
    python -m methods.sync.account_confirm_phone 127.0.0.1:4430 dc.pem session.json
"""

from command_line import logged_in_connection_arguments
from sansio_tl import AuthKey, Config, auth, functions, types
from sansio_tl_transports.sync import connect


def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    with connect(address, config, auth_key=auth_key) as connection:
        purpose = auth.ConfirmPhone.from_link(input("Link: "))
        sent = connection.invoke(
            functions.account.SendConfirmPhoneCode(
                hash=purpose.link_hash,
                settings=types.CodeSettings(),
            )
        )
        if isinstance(sent, types.auth.SentCode):
            stopped = connection.invoke(
                functions.account.ConfirmPhone(
                    phone_code_hash=sent.phone_code_hash,
                    phone_code=input("Code: "),
                )
            )
            print(stopped)


if __name__ == "__main__":
    main(*logged_in_connection_arguments())
