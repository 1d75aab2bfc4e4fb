"""account.getPasswordSettings, on plain sockets."""

from getpass import getpass

from command_line import member
from sansio_tl import AuthKey, Config, functions
from sansio_tl_transports.sync import connect
from two_step import prove


def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    with connect(address, config, auth_key=auth_key) as link:
        known = link.invoke(functions.account.GetPassword())
        proof = prove(known, getpass("Password: "))
        settings = link.invoke(functions.account.GetPasswordSettings(password=proof))
        print("recovery address:", settings.email)


if __name__ == "__main__":
    main(*member())
