"""Log in by code, with asyncio."""

import asyncio
import sys

from command_line import stranger
from sansio_tl import auth
from sansio_tl.connection import Config
from transports.asyncio import connect

API_HASH = "from my.telegram.org"


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as link:
        phone_number = await asyncio.to_thread(input, "Phone number: ")
        flow = auth.log_in(phone_number, api_id=config.api_id, api_hash=API_HASH)
        while not flow.finished:
            if (elsewhere := await link.run(flow)) is not None:
                sys.exit(f"go on at data centre {elsewhere}")
            if flow.error is not None:
                print(flow.error.message)
            match flow.wanted:
                case auth.CodeWanted(via=via, length=length):
                    code = await asyncio.to_thread(input, f"{length} digits, by {via.value}: ")
                    flow.enter_code(code)
                case auth.NumberWanted():
                    phone_number = await asyncio.to_thread(input, "Phone number: ")
                    flow.send_code(phone_number)
                case wanted if not flow.finished:
                    sys.exit(f"this program does not know {wanted}")
        print(flow.state)


if __name__ == "__main__":
    asyncio.run(main(*stranger()))
