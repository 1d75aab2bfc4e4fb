"""Log a bot in, on plain sockets."""

from getpass import getpass

from command_line import new_account
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.sync import open_client

API_HASH = "from my.telegram.org"


def main(config: ClientConfig) -> None:
    with open_client(config) as account:
        token = getpass("Token: ")
        flow = auth.BotLogin(token, api_id=config.connection_config.api_id, api_hash=API_HASH)
        account.run(flow)
        print(flow.error.message if flow.error else flow.state)


if __name__ == "__main__":
    main(*new_account())
