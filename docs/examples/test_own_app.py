"""A bot, and its tests against the data center of the pytest fixture: scripted answers, pushed updates, faults."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sansio_tl import ClientConfig, TLObject, errors, functions, types
from sansio_tl.testing import Account
from sansio_tl_transports.asyncio import Client, open_client
from sansio_tl_transports.testing.server_thread import RunningDataCenter

# ------------------------------------------------------------------------------------------------------- the program


class EchoBot:
    """Answers every message with its own text."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.random_id = 0

    async def run(self) -> None:
        """Answer until the client is closed."""
        async for updates in self.client.updates():
            await self.handle(updates)

    async def handle(self, updates: TLObject) -> None:
        """Answer the messages of one object of type Updates."""
        match updates:
            case types.UpdateShortMessage(user_id=user_id, message=text):
                await self.answer(user_id, text)
            case types.UpdatesTooLong():
                await self.catch_up()

    async def catch_up(self) -> None:
        """Fetch what was missed, and answer it."""
        state = await self.client.invoke(functions.updates.GetState())
        get = functions.updates.GetDifference(pts=state.pts, date=state.date, qts=state.qts)
        match await self.client.invoke(get):
            case types.updates.Difference(new_messages=messages):
                for message in messages:
                    if isinstance(message, types.Message) and isinstance(message.peer_id, types.PeerUser):
                        await self.answer(message.peer_id.user_id, message.message)

    async def answer(self, user_id: int, text: str) -> None:
        """Send one answer; the client itself waits for floods of up to a minute."""
        self.random_id += 1
        peer = types.InputPeerUser(user_id=user_id, access_hash=0)
        message = functions.messages.SendMessage(peer, f"You said: {text}", self.random_id)
        try:
            await self.client.invoke(message)
        except errors.FloodWait as error:
            await self.client.invoke(functions.help.SaveAppLog([waited(error.seconds)]))
        except errors.UserIsBlocked:
            pass


def waited(seconds: int) -> types.InputAppEvent:
    """A log entry about a flood."""
    return types.InputAppEvent(time=0.0, type="flood", peer=seconds, data=types.JsonNull())


async def main(config: ClientConfig, snapshot: dict[str, Any] | None = None) -> None:
    """Run the bot."""
    async with open_client(config, snapshot) as client:
        await client.invoke(functions.updates.GetState())  # from now on the server sends updates
        await EchoBot(client).run()


# --------------------------------------------------------------------------------------------------------- its tests

SENT = types.UpdateShortSentMessage(id=1, pts=1, pts_count=1, date=0)


def message(text: str) -> types.UpdateShortMessage:
    return types.UpdateShortMessage(id=1, user_id=4242, message=text, pts=1, pts_count=1, date=0)


@pytest.fixture
def bot(data_center: RunningDataCenter) -> Iterator[Account]:
    """The bot, running in a thread: it is logged in already, and its messages are accepted."""
    account = data_center.add_bot("7:token")
    data_center.answer("messages.sendMessage", SENT)
    session = data_center.new_session(account, backoff_initial=0.1)
    loop = asyncio.new_event_loop()
    task = loop.create_task(main(session.config, session.snapshot))

    def run() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)

    thread = threading.Thread(target=run)
    thread.start()
    data_center.wait_for_request("updates.getState")
    yield account
    loop.call_soon_threadsafe(task.cancel)
    thread.join()
    loop.close()


def test_message_is_answered(data_center: RunningDataCenter, bot: Account) -> None:
    data_center.push(bot, message("hello"))
    request = data_center.wait_for_request(functions.messages.SendMessage)
    assert request.message == "You said: hello"
    assert request.peer == types.InputPeerUser(user_id=4242, access_hash=0)


def test_blocked_user_does_not_stop_the_bot(data_center: RunningDataCenter, bot: Account) -> None:
    data_center.answer("messages.sendMessage", "USER_IS_BLOCKED", times=1)
    for text in ("one", "two"):
        data_center.push(bot, message(text))
        data_center.wait_for_request("messages.sendMessage")
    assert [request.message for request in data_center.requests("messages.sendMessage")] == [
        "You said: one",
        "You said: two",
    ]


def test_short_flood_is_waited_for_and_a_long_one_is_logged(data_center: RunningDataCenter, bot: Account) -> None:
    data_center.answer("help.saveAppLog", value=True)
    data_center.answer("messages.sendMessage", "FLOOD_WAIT_1", times=1)
    data_center.push(bot, message("short"))
    for _ in range(2):
        assert data_center.wait_for_request("messages.sendMessage").message == "You said: short"
    data_center.answer("messages.sendMessage", "FLOOD_WAIT_300", times=1)
    data_center.push(bot, message("long"))
    assert data_center.wait_for_request("help.saveAppLog").events[0].peer == 300


def test_message_after_a_broken_connection_is_answered(data_center: RunningDataCenter, bot: Account) -> None:
    assert data_center.cut_connections(bot) == 1
    data_center.push(bot, message("again"))  # waits until the bot is back
    assert data_center.wait_for_request("messages.sendMessage").message == "You said: again"


def test_missed_messages_are_fetched(data_center: RunningDataCenter, bot: Account) -> None:
    user = types.PeerUser(user_id=4242)
    missed = types.Message(id=1, from_id=user, peer_id=user, date=0, message="missed")
    state = types.updates.State(pts=2, qts=0, date=0, seq=1, unread_count=1)
    data_center.answer("updates.getDifference", types.updates.Difference([missed], [], [], [], [], state))
    data_center.push(bot, types.UpdatesTooLong())
    assert data_center.wait_for_request("messages.sendMessage").message == "You said: missed"


def test_answer_that_comes_late_is_sent_once(data_center: RunningDataCenter, bot: Account) -> None:
    data_center.push(bot, message("patience"))
    with data_center.stall():
        data_center.wait_for_request("messages.sendMessage")  # received, but not answered until the end
    data_center.push(bot, message("next"))
    assert data_center.wait_for_request("messages.sendMessage").message == "You said: next"
