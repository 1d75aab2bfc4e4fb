"""invokeWithGooglePlayIntegrity, with asyncio."""

import asyncio

from command_line import stranger
from sansio_tl import Config, errors, functions, types
from sansio_tl_transports.asyncio import connect

API_HASH = "from my.telegram.org"


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as link:
        request = functions.auth.SendCode(
            phone_number=await asyncio.to_thread(input, "Phone number: "),
            api_id=config.api_id,
            api_hash=API_HASH,
            settings=types.CodeSettings(),
        )
        try:
            sent = await link.invoke(request)
        except errors.IntegrityCheckClassic as refusal:
            print("for Play Integrity:", refusal.nonce)
            sent = await link.invoke(
                functions.InvokeWithGooglePlayIntegrity(
                    nonce=refusal.nonce,
                    token=await asyncio.to_thread(input, "Token: "),
                    query=request,
                )
            )
        print(type(sent).__name__)


if __name__ == "__main__":
    asyncio.run(main(*stranger()))
