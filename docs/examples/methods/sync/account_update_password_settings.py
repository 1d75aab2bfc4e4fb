"""account.updatePasswordSettings, on plain sockets."""

from getpass import getpass

from command_line import member
from sansio_tl import AuthKey, Config, functions, types
from sansio_tl_transports.sync import connect
from two_step import prove


def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    with connect(address, config, auth_key=auth_key) as link:
        known = link.invoke(functions.account.GetPassword())
        proof = prove(known, getpass("Password: "))
        changed = link.invoke(
            functions.account.UpdatePasswordSettings(
                password=proof,
                new_settings=types.account.PasswordInputSettings(
                    new_algo=types.PasswordKdfAlgoUnknown(),
                    new_password_hash=b"",
                    hint="",
                ),
            )
        )
        print("the password is removed:", changed)


if __name__ == "__main__":
    main(*member())
