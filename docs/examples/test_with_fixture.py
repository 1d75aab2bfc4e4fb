"""Test a program that logs users in, against the data center of the pytest fixture. This program uses Telethon."""

import asyncio

import pytest
from telethon import TelegramClient, errors
from telethon.crypto import rsa
from telethon.sessions import MemorySession

from sansio_tl_transports.testing.server_thread import RunningDataCenter

NUMBER = "+12025550100"


def make_client(data_center: RunningDataCenter) -> TelegramClient:
    """A Telethon client with the address and the key of the data center."""
    rsa.add_key(data_center.public_key_pem, old=False)
    session = MemorySession()
    session.set_dc(data_center.dc_id, data_center.host, data_center.port)
    return TelegramClient(session, 1, "hash")


async def log_in(data_center: RunningDataCenter) -> None:
    """The program under test."""
    client = make_client(data_center)
    await client.connect()
    await client.send_code_request(NUMBER)
    with pytest.raises(errors.SessionPasswordNeededError):
        await client.sign_in(NUMBER, data_center.code_for(NUMBER))

    data_center.answer("auth.checkPassword", "PHONE_PASSWORD_FLOOD", times=1)
    with pytest.raises(errors.PhonePasswordFloodError):
        await client.sign_in(password="secret")

    me = await client.sign_in(password="secret")
    assert me.phone == NUMBER.removeprefix("+")
    await client.disconnect()


def test_log_in(data_center: RunningDataCenter) -> None:
    data_center.add_account(NUMBER, password="secret")
    asyncio.run(log_in(data_center))
