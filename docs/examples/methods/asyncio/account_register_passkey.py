"""account.registerPasskey, with asyncio.

Usage, in docs/examples:
    python -m methods.asyncio.account_register_passkey 127.0.0.1:4430 dc.pem session.json
"""

import asyncio

from command_line import logged_in_connection_arguments
from sansio_tl import AuthKey, Config, functions, types
from sansio_tl_transports.asyncio import connect
from web_authn import attestation


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as connection:
        options = await connection.invoke(functions.account.InitPasskeyRegistration())
        print(options.options.data)
        credential = attestation(await asyncio.to_thread(input, "Result of the ceremony: "))
        passkey = await connection.invoke(
            functions.account.RegisterPasskey(
                credential=types.InputPasskeyCredentialPublicKey(
                    id=credential.id,
                    raw_id=credential.id,
                    response=types.InputPasskeyResponseRegister(
                        client_data=types.DataJSON(data=credential.client_data),
                        attestation_data=credential.attestation_data,
                    ),
                )
            )
        )
        print("registered", passkey.name)


if __name__ == "__main__":
    asyncio.run(main(*logged_in_connection_arguments()))
