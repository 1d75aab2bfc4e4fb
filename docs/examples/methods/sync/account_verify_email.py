"""account.verifyEmail, with blocking sockets.

Usage, in docs/examples:
    python -m methods.sync.account_verify_email 127.0.0.1:4430 dc.pem session.json
"""

from command_line import logged_in_connection_arguments
from sansio_tl import AuthKey, Config, functions, types
from sansio_tl_transports.sync import connect


def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    with connect(address, config, auth_key=auth_key) as connection:
        purpose = types.EmailVerifyPurposeLoginChange()
        email = input("E-mail address: ")
        connection.invoke(functions.account.SendVerifyEmailCode(purpose=purpose, email=email))
        verified = connection.invoke(
            functions.account.VerifyEmail(
                purpose=purpose,
                verification=types.EmailVerificationCode(code=input("Code: ")),
            )
        )
        print(type(verified).__name__)


if __name__ == "__main__":
    main(*logged_in_connection_arguments())
