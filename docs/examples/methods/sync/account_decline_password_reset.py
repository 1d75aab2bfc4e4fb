"""account.declinePasswordReset, on plain sockets."""

from command_line import member
from sansio_tl import AuthKey, Config, functions
from sansio_tl_transports.sync import connect


def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    with connect(address, config, auth_key=auth_key) as link:
        link.invoke(functions.account.ResetPassword())
        print(link.invoke(functions.account.DeclinePasswordReset()))


if __name__ == "__main__":
    main(*member())
