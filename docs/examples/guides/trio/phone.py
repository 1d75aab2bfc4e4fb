"""Change the phone number, with trio."""

import sys

import trio

from command_line import member
from sansio_tl import auth
from sansio_tl.connection import Config
from sansio_tl.crypto.auth_key import AuthKey
from transports.trio import connect


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as link:
        flow = auth.change_phone(await trio.to_thread.run_sync(input, "New phone number: "))
        while not flow.finished:
            if (elsewhere := await link.run(flow)) is not None:
                sys.exit(f"go on at data centre {elsewhere}")
            match flow.wanted:
                case auth.CodeWanted(via=via):
                    code = await trio.to_thread.run_sync(input, f"Code ({via.value}): ")
                    flow.enter_code(code)
                case wanted if not flow.finished:
                    sys.exit(f"this program does not know {wanted}")
        print(flow.state)


if __name__ == "__main__":
    trio.run(main, *member())
