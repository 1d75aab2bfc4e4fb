"""account.getTmpPassword, on plain sockets."""

from getpass import getpass

from command_line import member
from sansio_tl import AuthKey, Config, functions
from sansio_tl_transports.sync import connect
from two_step import prove


def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    with connect(address, config, auth_key=auth_key) as link:
        known = link.invoke(functions.account.GetPassword())
        proof = prove(known, getpass("Password: "))
        temporary = link.invoke(functions.account.GetTmpPassword(password=proof, period=3600))
        print("valid until", temporary.valid_until)


if __name__ == "__main__":
    main(*member())
