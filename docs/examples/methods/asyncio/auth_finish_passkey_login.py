"""auth.finishPasskeyLogin, with asyncio.

Usage, in docs/examples:
    python -m methods.asyncio.auth_finish_passkey_login 127.0.0.1:4430 dc.pem
"""

import asyncio

from command_line import connection_arguments
from sansio_tl import Config, functions, types
from sansio_tl_transports.asyncio import connect
from web_authn import assertion

API_HASH = "from my.telegram.org"


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as connection:
        options = await connection.invoke(functions.auth.InitPasskeyLogin(api_id=config.api_id, api_hash=API_HASH))
        print(options.options.data)
        credential = assertion(await asyncio.to_thread(input, "Result of the ceremony: "))
        authorization = await connection.invoke(
            functions.auth.FinishPasskeyLogin(
                credential=types.InputPasskeyCredentialPublicKey(
                    id=credential.id,
                    raw_id=credential.id,
                    response=types.InputPasskeyResponseLogin(
                        client_data=types.DataJSON(data=credential.client_data),
                        authenticator_data=credential.authenticator_data,
                        signature=credential.signature,
                        user_handle=credential.user_handle,
                    ),
                )
            )
        )
        print(type(authorization).__name__)


if __name__ == "__main__":
    asyncio.run(main(*connection_arguments()))
