"""account.confirmPhone, on plain sockets."""

from command_line import member
from sansio_tl import AuthKey, Config, auth, functions, types
from sansio_tl_transports.sync import connect


def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    with connect(address, config, auth_key=auth_key) as link:
        purpose = auth.ConfirmPhone.from_link(input("Link: "))
        sent = link.invoke(
            functions.account.SendConfirmPhoneCode(
                hash=purpose.link_hash,
                settings=types.CodeSettings(),
            )
        )
        if isinstance(sent, types.auth.SentCode):
            stopped = link.invoke(
                functions.account.ConfirmPhone(
                    phone_code_hash=sent.phone_code_hash,
                    phone_code=input("Code: "),
                )
            )
            print(stopped)


if __name__ == "__main__":
    main(*member())
