"""account.registerPasskey, with blocking sockets.

Usage, in docs/examples:
    python -m methods.sync.account_register_passkey 127.0.0.1:4430 dc.pem session.json
"""

from command_line import logged_in_connection_arguments
from sansio_tl import AuthKey, Config, functions, types
from sansio_tl_transports.sync import connect
from web_authn import attestation


def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    with connect(address, config, auth_key=auth_key) as connection:
        options = connection.invoke(functions.account.InitPasskeyRegistration())
        print(options.options.data)
        credential = attestation(input("Result of the ceremony: "))
        passkey = connection.invoke(
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
    main(*logged_in_connection_arguments())
