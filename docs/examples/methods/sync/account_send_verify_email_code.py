"""account.sendVerifyEmailCode, with blocking sockets.

Usage, in docs/examples:
    python -m methods.sync.account_send_verify_email_code 127.0.0.1:4430 dc.pem session.json
"""

from command_line import logged_in_connection_arguments
from sansio_tl import AuthKey, Config, functions, types
from sansio_tl_transports.sync import connect


def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    with connect(address, config, auth_key=auth_key) as connection:
        mailed = connection.invoke(
            functions.account.SendVerifyEmailCode(
                purpose=types.EmailVerifyPurposeLoginChange(),
                email=input("E-mail address: "),
            )
        )
        print("a code of", mailed.length, "characters was mailed")


if __name__ == "__main__":
    main(*logged_in_connection_arguments())
