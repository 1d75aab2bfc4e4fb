"""invokeWithReCaptcha, with trio.

Usage, in docs/examples:
    python -m methods.trio.invoke_with_re_captcha 127.0.0.1:4430 dc.pem
"""

import trio

from command_line import connection_arguments
from sansio_tl import Config, errors, functions, types
from sansio_tl_transports.trio import connect

API_HASH = "from my.telegram.org"


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as connection:
        request = functions.auth.SendCode(
            phone_number=await trio.to_thread.run_sync(input, "Phone number: "),
            api_id=config.api_id,
            api_hash=API_HASH,
            settings=types.CodeSettings(),
        )
        try:
            sent = await connection.invoke(request)
        except errors.RecaptchaCheck as error:
            print("solve", error.key_id, "for", error.action)
            sent = await connection.invoke(
                functions.InvokeWithReCaptcha(
                    token=await trio.to_thread.run_sync(input, "Token: "),
                    query=request,
                )
            )
        print(type(sent).__name__)


if __name__ == "__main__":
    trio.run(main, *connection_arguments())
