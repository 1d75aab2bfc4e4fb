"""invokeWithGooglePlayIntegrity, on plain sockets."""

from command_line import stranger
from sansio_tl import Config, errors, functions, types
from sansio_tl_transports.sync import connect

API_HASH = "from my.telegram.org"


def main(address: tuple[str, int], config: Config) -> None:
    with connect(address, config) as link:
        request = functions.auth.SendCode(
            phone_number=input("Phone number: "),
            api_id=config.api_id,
            api_hash=API_HASH,
            settings=types.CodeSettings(),
        )
        try:
            sent = link.invoke(request)
        except errors.IntegrityCheckClassic as refusal:
            print("for Play Integrity:", refusal.nonce)
            sent = link.invoke(
                functions.InvokeWithGooglePlayIntegrity(
                    nonce=refusal.nonce,
                    token=input("Token: "),
                    query=request,
                )
            )
        print(type(sent).__name__)


if __name__ == "__main__":
    main(*stranger())
