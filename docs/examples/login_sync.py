"""Log in with blocking sockets.

At Telegram, with the api_id and the api_hash of my.telegram.org:

    python login_sync.py API_ID API_HASH PHONE_NUMBER

At a data center of your own, where any api_id and api_hash will do (the code of this number is 22222):

    sansio-tl serve --port 4430 --public-key dc.pem
    python login_sync.py 1 any +9996620000 --server 127.0.0.1:4430 --key dc.pem
"""

import argparse
from getpass import getpass
from pathlib import Path

from sansio_tl import ClientConfig, Config, auth
from sansio_tl_transports.sync import open_client


def main(config: ClientConfig, api_hash: str, phone_number: str) -> None:
    """Log a user in and greet them."""
    with open_client(config) as client:
        me = client.login(
            phone_number,
            api_hash=api_hash,
            code=lambda prompt: input(code_question(prompt)),
            password=lambda prompt: getpass(password_question(prompt)),
        )
        print("Logged in as", me.id)


def code_question(prompt: auth.CodePrompt) -> str:
    """Where the code was sent, and whether the last one was wrong."""
    return f"{'Wrong code. ' if prompt.tries else ''}Code ({prompt.via.value}): "


def password_question(prompt: auth.PasswordPrompt) -> str:
    """The user's hint, and whether the last password was wrong."""
    hint = f" (hint: {prompt.hint})" if prompt.hint else ""
    return f"{'Wrong password. ' if prompt.tries else ''}Password{hint}: "


def read_arguments() -> tuple[ClientConfig, str, str]:
    """The config, the api_hash and the phone number of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("api_id", metavar="API_ID", type=int)
    parser.add_argument("api_hash", metavar="API_HASH")
    parser.add_argument("phone_number", metavar="PHONE_NUMBER")
    parser.add_argument("--server", metavar="HOST:PORT", help="log in at this data center, not at Telegram")
    parser.add_argument("--key", metavar="FILE", type=Path, help="the public key of that data center")
    given = parser.parse_args()
    if given.server is None:
        config = ClientConfig(connection_config=Config(api_id=given.api_id))
    elif given.key is None:
        parser.error("--server requires --key")
    else:
        host, _, port = given.server.rpartition(":")
        config = ClientConfig.for_server(host, int(port), public_key=given.key.read_text(), api_id=given.api_id)
    return config, given.api_hash, given.phone_number


if __name__ == "__main__":
    main(*read_arguments())
