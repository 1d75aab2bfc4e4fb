"""account.registerPasskey, with trio."""

import trio

from command_line import member
from sansio_tl import AuthKey, Config, functions, types
from sansio_tl_transports.trio import connect
from web_authn import attestation


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as link:
        options = await link.invoke(functions.account.InitPasskeyRegistration())
        print(options.options.data)
        given = attestation(await trio.to_thread.run_sync(input, "What the ceremony gave: "))
        passkey = await link.invoke(
            functions.account.RegisterPasskey(
                credential=types.InputPasskeyCredentialPublicKey(
                    id=given.id,
                    raw_id=given.id,
                    response=types.InputPasskeyResponseRegister(
                        client_data=types.DataJSON(data=given.client_data),
                        attestation_data=given.attestation_data,
                    ),
                )
            )
        )
        print("registered", passkey.name)


if __name__ == "__main__":
    trio.run(main, *member())
