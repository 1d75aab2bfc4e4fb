"""Log in with trio."""

import sys
from getpass import getpass

import trio

from sansio_tl import ClientConfig, Config, auth
from sansio_tl_transports.trio import open_client


async def main(config: ClientConfig, api_hash: str, phone_number: str) -> None:
    """Log a user in and greet them."""
    async with open_client(config) as client:
        me = await client.login(
            phone_number,
            api_hash=api_hash,
            code=lambda prompt: trio.to_thread.run_sync(input, code_question(prompt)),
            password=lambda prompt: trio.to_thread.run_sync(getpass, password_question(prompt)),
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
    trio.run(main, ClientConfig(connection_config=Config(api_id=int(api_id))), api_hash, phone_number)
