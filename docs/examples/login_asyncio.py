"""Log in with asyncio."""

import asyncio
import sys
from getpass import getpass

from sansio_tl import ClientConfig, Config
from sansio_tl_transports.asyncio import open_client


async def main(config: ClientConfig, api_hash: str, phone_number: str) -> None:
    """Log a user in and greet them."""
    async with open_client(config) as client:
        me = await client.login(
            phone_number,
            api_hash=api_hash,
            code=lambda prompt: asyncio.to_thread(input, f"Code ({prompt.via.value}): "),
            password=lambda prompt: asyncio.to_thread(getpass, f"Password ({prompt.hint}): "),
        )
        print("Logged in as", me.id)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(f"usage: {sys.argv[0]} API_ID API_HASH PHONE_NUMBER")
    _, api_id, api_hash, phone_number = sys.argv
    asyncio.run(main(ClientConfig(connection_config=Config(api_id=int(api_id))), api_hash, phone_number))
