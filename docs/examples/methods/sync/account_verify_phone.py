"""account.verifyPhone, on plain sockets."""

from command_line import member
from sansio_tl import AuthKey, Config, functions, types
from sansio_tl_transports.sync import connect


def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    with connect(address, config, auth_key=auth_key) as link:
        phone_number = input("Phone number to verify: ")
        sent = link.invoke(
            functions.account.SendVerifyPhoneCode(
                phone_number=phone_number,
                settings=types.CodeSettings(),
            )
        )
        if isinstance(sent, types.auth.SentCode):
            verified = link.invoke(
                functions.account.VerifyPhone(
                    phone_number=phone_number,
                    phone_code_hash=sent.phone_code_hash,
                    phone_code=input("Code: "),
                )
            )
            print(verified)


if __name__ == "__main__":
    main(*member())
