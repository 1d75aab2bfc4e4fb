"""Log in with a 2FA password, with asyncio.

Usage, in docs/examples:
    python -m guides.asyncio.two_step 127.0.0.1:4430 dc.pem
"""

import asyncio
import os
import sys
from getpass import getpass

from command_line import client_arguments
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.asyncio import open_client

API_HASH = "from my.telegram.org"


async def main(config: ClientConfig) -> None:
    async with open_client(config) as client:
        phone_number = await asyncio.to_thread(input, "Phone number: ")
        flow = auth.log_in(phone_number, api_id=config.connection_config.api_id, api_hash=API_HASH)
        async for prompt in client.steps(flow):
            match prompt:
                case auth.CodePrompt():
                    code = await asyncio.to_thread(input, "Code: ")
                    flow.enter_code(code)
                case auth.PasswordPrompt(hint=hint, tries=tries):
                    password = await asyncio.to_thread(getpass, f"Password ({hint}), {tries} wrong so far: ")
                    flow.enter_password(password, entropy=os.urandom)
                case _:
                    sys.exit(f"This program does not support {prompt}")
        print(flow.state)


if __name__ == "__main__":
    asyncio.run(main(*client_arguments()))
