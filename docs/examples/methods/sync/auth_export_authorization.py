"""auth.exportAuthorization, on plain sockets."""

from command_line import member
from sansio_tl import AuthKey, Config, functions
from sansio_tl_transports.sync import connect


def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    with connect(address, config, auth_key=auth_key) as link:
        exported = link.invoke(functions.auth.ExportAuthorization(dc_id=4))
        print(len(exported.bytes), "bytes for data center 4")


if __name__ == "__main__":
    main(*member())
