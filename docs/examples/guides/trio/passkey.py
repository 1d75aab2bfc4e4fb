"""Log in with a passkey, with trio.

Usage, in docs/examples:
    python -m guides.trio.passkey 127.0.0.1:4430 dc.pem
"""

import sys

import trio

from command_line import connection_arguments
from sansio_tl import Config, auth
from sansio_tl_transports.trio import connect
from web_authn import assertion

API_HASH = "from my.telegram.org"


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as connection:
        flow = auth.PasskeyLogin(
            api_id=config.api_id,
            api_hash=API_HASH,
            dc=config.dc_id,
            auth_key_id=int.from_bytes(connection.auth_key.id, "little", signed=True),
        )
        while not flow.finished:
            if (dc_id := await connection.run(flow)) is not None:
                sys.exit(f"continue at data center {dc_id}")
            if isinstance(flow.prompt, auth.CeremonyPrompt):
                print("options for the platform:", flow.prompt.options)
                credential = assertion(await trio.to_thread.run_sync(input, "Result of the ceremony: "))
                flow.enter_credential(
                    credential.id,
                    client_data=credential.client_data,
                    authenticator_data=credential.authenticator_data,
                    signature=credential.signature,
                    user_handle=credential.user_handle,
                )
            elif not flow.finished:
                sys.exit(f"This program does not support {flow.prompt}")
        print(flow.state)


if __name__ == "__main__":
    trio.run(main, *connection_arguments())
