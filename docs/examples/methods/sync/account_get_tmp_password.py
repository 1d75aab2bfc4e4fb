"""account.getTmpPassword, with blocking sockets.

Usage, in docs/examples:
    python -m methods.sync.account_get_tmp_password 127.0.0.1:4430 dc.pem session.json
"""

from getpass import getpass

from command_line import logged_in_connection_arguments
from sansio_tl import AuthKey, Config, functions
from sansio_tl_transports.sync import connect
from two_step import prove


def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    with connect(address, config, auth_key=auth_key) as connection:
        password = connection.invoke(functions.account.GetPassword())
        proof = prove(password, getpass("Password: "))
        temporary = connection.invoke(functions.account.GetTmpPassword(password=proof, period=3600))
        print("valid until", temporary.valid_until)


if __name__ == "__main__":
    main(*logged_in_connection_arguments())
