"""account.sendConfirmPhoneCode, on plain sockets."""

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
        print(sent)


if __name__ == "__main__":
    main(*member())
