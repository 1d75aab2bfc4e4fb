"""Log in with asyncio."""

import asyncio
import sys

from person import move
from sansio_tl import auth, functions, types
from sansio_tl.connection import Config
from sansio_tl.data_centres import PRODUCTION
from transports.asyncio import connect


async def main(address: tuple[str, int], config: Config, api_hash: str, phone_number: str) -> None:
    """Log a person in and greet them."""
    flow = auth.log_in(phone_number, api_id=config.api_id, api_hash=api_hash)
    async with connect(address, config) as link:
        while not flow.finished:
            if (elsewhere := await link.run(flow)) is not None:
                sys.exit(f"The account lives on data centre {elsewhere}")
            if not flow.finished:
                await asyncio.to_thread(move, flow)
        [me] = await link.invoke(functions.users.GetUsers([types.InputUserSelf()]))
    if isinstance(me, types.User):
        print("Logged in as", me.first_name)


if __name__ == "__main__":
    _, api_id, api_hash, phone_number = sys.argv
    asyncio.run(main((PRODUCTION[2].ipv4, 443), Config(api_id=int(api_id)), api_hash, phone_number))
