"""How long an account outlives its owner's absence, on plain sockets."""

import sys

from command_line import member
from sansio_tl import auth
from sansio_tl.connection import Config
from sansio_tl.crypto.auth_key import AuthKey
from transports.sync import connect


def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    with connect(address, config, auth_key=auth_key) as link:
        flow = auth.AccountTtl()
        if (elsewhere := link.run(flow)) is not None:
            sys.exit(f"go on at data centre {elsewhere}")
        match flow.wanted:
            case auth.AccountTtlWanted(days=days):
                print("now", days, "days")
                flow.set_days(365)
            case wanted if not flow.finished:
                sys.exit(f"this program does not know {wanted}")
        if (elsewhere := link.run(flow)) is not None:
            sys.exit(f"go on at data centre {elsewhere}")
        print("from now on", flow.result, "days")


if __name__ == "__main__":
    main(*member())
