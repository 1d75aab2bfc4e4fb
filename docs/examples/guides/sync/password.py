"""Set a 2FA password, on plain sockets."""

import os
import sys
from getpass import getpass

from command_line import member
from sansio_tl import auth
from sansio_tl.connection import Config
from sansio_tl.crypto.auth_key import AuthKey
from transports.sync import connect


def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    with connect(address, config, auth_key=auth_key) as link:
        flow = auth.PasswordSettings()
        if (elsewhere := link.run(flow)) is not None:
            sys.exit(f"go on at data centre {elsewhere}")
        match flow.wanted:
            case auth.PasswordSettingsWanted(has_password=False):
                password = getpass("New password: ")
                flow.set_password(password, hint="", entropy=os.urandom)
            case wanted if not flow.finished:
                sys.exit(f"this program does not know {wanted}")
        if (elsewhere := link.run(flow)) is not None:
            sys.exit(f"go on at data centre {elsewhere}")
        print(flow.state)


if __name__ == "__main__":
    main(*member())
