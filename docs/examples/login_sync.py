"""Log in with blocking sockets."""

import sys
from getpass import getpass

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


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(f"usage: {sys.argv[0]} API_ID API_HASH PHONE_NUMBER")
    _, api_id, api_hash, phone_number = sys.argv
    main(ClientConfig(connection_config=Config(api_id=int(api_id))), api_hash, phone_number)
