"""What programs for Telethon do, with sansio_tl: the page "Migrating from Telethon" shows the two side by side."""

from collections.abc import Callable

from sansio_tl import ClientConfig, Config, errors, functions, session_strings, types
from sansio_tl_transports.asyncio import Client, open_client
from sansio_tl_transports.stores import SQLiteStore


async def log_in(phone_number: str, api_id: int, api_hash: str) -> None:
    """A login that lasts: the session is saved under a name."""
    config = ClientConfig(connection_config=Config(api_id=api_id))
    async with open_client(config, store=SQLiteStore("sessions.db"), name="anna") as client:
        if client.user_id is None:
            await client.login(phone_number, api_hash=api_hash, code=lambda _: input("Code: "))
        print("Logged in as user", client.user_id)


async def request(client: Client) -> str:
    """A method of the API by its function."""
    config = await client.invoke(functions.help.GetConfig())
    return f"data center {config.this_dc}"


async def act_on_errors(client: Client, username: str) -> str:
    """An RPC error by its class, with its values."""
    try:
        found = await client.invoke(functions.contacts.ResolveUsername(username=username))
    except errors.UsernameNotOccupied:
        return "there is no such user"
    except errors.FloodWait as error:
        return f"wait {error.seconds} seconds"
    return str(found.peer)


async def follow_updates(client: Client, show: Callable[[str], None]) -> None:
    """Updates as they come."""
    async for updates in client.updates():
        if isinstance(updates, types.UpdateShortMessage):
            show(updates.message)


async def take_over(config: ClientConfig, telethon_string: str) -> int | None:
    """Continue with a StringSession of Telethon; `session_files.read(path)` takes its session files."""
    async with open_client(config, session_strings.read(telethon_string).to_snapshot()) as client:
        (me,) = await client.invoke(functions.users.GetUsers([types.InputUserSelf()]))
        return me.id if isinstance(me, types.User) else None
