"""auth.dropTempAuthKeys, with blocking sockets.

Usage, in docs/examples:
    python -m methods.sync.auth_drop_temp_auth_keys 127.0.0.1:4430 dc.pem session.json
"""

from command_line import logged_in_connection_arguments
from sansio_tl import AuthKey, Config, functions
from sansio_tl_transports.sync import connect


def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    with connect(address, config, auth_key=auth_key) as connection:
        print(connection.invoke(functions.auth.DropTempAuthKeys(except_auth_keys=[])))


if __name__ == "__main__":
    main(*logged_in_connection_arguments())
