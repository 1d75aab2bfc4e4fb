"""auth.finishPasskeyLogin, with blocking sockets.

Usage, in docs/examples:
    python -m methods.sync.auth_finish_passkey_login 127.0.0.1:4430 dc.pem
"""

from command_line import connection_arguments
from sansio_tl import Config, functions, types
from sansio_tl_transports.sync import connect
from web_authn import assertion

API_HASH = "from my.telegram.org"


def main(address: tuple[str, int], config: Config) -> None:
    with connect(address, config) as connection:
        options = connection.invoke(functions.auth.InitPasskeyLogin(api_id=config.api_id, api_hash=API_HASH))
        print(options.options.data)
        credential = assertion(input("Result of the ceremony: "))
        authorization = connection.invoke(
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
    main(*connection_arguments())
