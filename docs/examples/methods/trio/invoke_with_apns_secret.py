"""invokeWithApnsSecret, with trio."""

import trio

from command_line import stranger
from sansio_tl import Config, errors, functions, types
from sansio_tl_transports.trio import connect

API_HASH = "from my.telegram.org"


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as link:
        request = functions.auth.SendCode(
            phone_number=await trio.to_thread.run_sync(input, "Phone number: "),
            api_id=config.api_id,
            api_hash=API_HASH,
            settings=types.CodeSettings(),
        )
        try:
            sent = await link.invoke(request)
        except errors.ApnsVerifyCheck as refusal:
            print("a push will come for", refusal.nonce)
            sent = await link.invoke(
                functions.InvokeWithApnsSecret(
                    nonce=refusal.nonce,
                    secret=await trio.to_thread.run_sync(input, "Secret: "),
                    query=request,
                )
            )
        print(type(sent).__name__)


if __name__ == "__main__":
    trio.run(main, *stranger())
