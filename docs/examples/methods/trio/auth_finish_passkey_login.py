"""auth.finishPasskeyLogin, with trio."""

import trio

from command_line import stranger
from sansio_tl import Config, functions, types
from sansio_tl_transports.trio import connect
from web_authn import assertion

API_HASH = "from my.telegram.org"


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as link:
        options = await link.invoke(functions.auth.InitPasskeyLogin(api_id=config.api_id, api_hash=API_HASH))
        print(options.options.data)
        given = assertion(await trio.to_thread.run_sync(input, "What the ceremony gave: "))
        welcome = await link.invoke(
            functions.auth.FinishPasskeyLogin(
                credential=types.InputPasskeyCredentialPublicKey(
                    id=given.id,
                    raw_id=given.id,
                    response=types.InputPasskeyResponseLogin(
                        client_data=types.DataJSON(data=given.client_data),
                        authenticator_data=given.authenticator_data,
                        signature=given.signature,
                        user_handle=given.user_handle,
                    ),
                )
            )
        )
        print(type(welcome).__name__)


if __name__ == "__main__":
    trio.run(main, *stranger())
