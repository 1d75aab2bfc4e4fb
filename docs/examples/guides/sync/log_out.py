"""Log out, on plain sockets."""

from typing import Any

from command_line import old_account
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.sync import open_client


def main(config: ClientConfig, snapshot: dict[str, Any]) -> None:
    with open_client(config, snapshot) as account:
        flow = auth.LogOut()
        account.run(flow)
        tokens = auth.remember_token((), flow.future_auth_token)
        print("tokens for the next log-in:", len(tokens))


if __name__ == "__main__":
    main(*old_account())
