"""auth.bindTempAuthKey, on plain sockets."""

from dataclasses import replace

from command_line import member
from sansio_tl import AuthKey, Config, functions
from sansio_tl_transports.sync import connect


def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    config = replace(config, temporary_key_lifetime=86400)
    with connect(address, config, auth_key=auth_key) as link:
        print(link.invoke(functions.help.GetNearestDc()))


if __name__ == "__main__":
    main(*member())
