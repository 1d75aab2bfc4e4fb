"""account.verifyEmail, on plain sockets."""

from command_line import member
from sansio_tl import AuthKey, Config, functions, types
from sansio_tl_transports.sync import connect


def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    with connect(address, config, auth_key=auth_key) as link:
        purpose = types.EmailVerifyPurposeLoginChange()
        email = input("E-mail address: ")
        link.invoke(functions.account.SendVerifyEmailCode(purpose=purpose, email=email))
        verified = link.invoke(
            functions.account.VerifyEmail(
                purpose=purpose,
                verification=types.EmailVerificationCode(code=input("Code: ")),
            )
        )
        print(type(verified).__name__)


if __name__ == "__main__":
    main(*member())
