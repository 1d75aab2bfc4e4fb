"""Log in with blocking sockets."""

import sys
from getpass import getpass

from sansio_tl import ClientConfig, Config
from sansio_tl_transports.sync import open_client


def main(config: ClientConfig, api_hash: str, phone_number: str) -> None:
    """Log a user in and greet them."""
    with open_client(config) as client:
        me = client.login(
            phone_number,
            api_hash=api_hash,
            code=lambda prompt: input(f"Code ({prompt.via.value}): "),
            password=lambda prompt: getpass(f"Password ({prompt.hint}): "),
        )
        print("Logged in as", me.id)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(f"usage: {sys.argv[0]} API_ID API_HASH PHONE_NUMBER")
    _, api_id, api_hash, phone_number = sys.argv
    main(ClientConfig(connection_config=Config(api_id=int(api_id))), api_hash, phone_number)
