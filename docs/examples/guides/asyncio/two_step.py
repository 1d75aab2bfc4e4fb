"""Log in with a 2FA password, with asyncio."""

import asyncio
import os
import sys
from getpass import getpass

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
            match flow.wanted:
                case auth.CodeWanted():
                    code = await asyncio.to_thread(input, "Code: ")
                    flow.enter_code(code)
                case auth.PasswordWanted(hint=hint, tries=tries):
                    password = await asyncio.to_thread(getpass, f"Password ({hint}), {tries} wrong so far: ")
                    flow.enter_password(password, entropy=os.urandom)
                case wanted if not flow.finished:
                    sys.exit(f"this program does not know {wanted}")
        print(flow.state)


if __name__ == "__main__":
    asyncio.run(main(*stranger()))
