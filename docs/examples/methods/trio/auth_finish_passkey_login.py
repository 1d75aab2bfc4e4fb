"""auth.finishPasskeyLogin, with trio."""

import base64
import json

import trio

from command_line import stranger
from sansio_tl import functions, types
from sansio_tl.connection import Config
from transports.trio import connect

API_HASH = "from my.telegram.org"


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as link:
        await link.invoke(functions.auth.InitPasskeyLogin(api_id=config.api_id, api_hash=API_HASH))
        given = json.loads(await trio.to_thread.run_sync(input, "What the ceremony gave: "))
        welcome = await link.invoke(
            functions.auth.FinishPasskeyLogin(
                credential=types.InputPasskeyCredentialPublicKey(
                    id=given["id"],
                    raw_id=given["id"],
                    response=types.InputPasskeyResponseLogin(
                        client_data=types.DataJSON(data=given["clientDataJSON"]),
                        authenticator_data=base64.urlsafe_b64decode(given["authenticatorData"]),
                        signature=base64.urlsafe_b64decode(given["signature"]),
                        user_handle=given["userHandle"],
                    ),
                )
            )
        )
        print(type(welcome).__name__)


if __name__ == "__main__":
    trio.run(main, *stranger())
