"""Accounts and devices: their state after each step."""

from __future__ import annotations

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.errors import LocalProtocolError
from sansio_tl.testing.accounts import DAY, Account, Accounts, WebSession, normalise
from sansio_tl.testing.authorizations import KeyAuthorizations
from sansio_tl.testing.passkeys import Passkey
from sansio_tl.testing.user_objects import myself
from tests.helpers.entropy import SeededEntropy


def _values(of: object, *names: str) -> list[object]:
    return [getattr(of, name) for name in names]


def _account(accounts: Accounts, number: str = "+31 6 1234567") -> Account:
    return accounts.create(number, dc_id=2, first_name="Ada", entropy=SeededEntropy(number))


def test_users_are_found_by_id_number_and_passkey_and_bots_by_token() -> None:
    accounts = Accounts()
    ada, bob = _account(accounts), _account(accounts, "4917000000")
    bot = accounts.create_bot("1:x", dc_id=1, first_name="Bot", entropy=SeededEntropy("bot"))
    assert [ada.id, bob.id, bot.id] == [1_000_001, 1_000_002, 1_000_003]
    assert list(accounts) == [ada, bob, bot]
    assert len(accounts) == 3
    assert accounts.with_id(bob.id) is bob
    assert accounts.with_id(5) is None
    assert accounts.with_number("+31-6-1234567") is ada
    assert accounts.with_number("no number") is None
    assert accounts.with_token("1:x") is bot
    assert accounts.with_token("1:y") is None
    assert accounts.with_passkey("id") is None
    bob.passkeys["id"] = Passkey("id", {}, "Passkey", 0.0)
    assert accounts.with_passkey("id") is bob
    assert (ada.is_bot, bot.is_bot, bot.phone_number, ada.password) == (False, True, "", None)
    with pytest.raises(LocalProtocolError):
        _account(accounts)
    with pytest.raises(LocalProtocolError):
        accounts.create_bot("1:x", dc_id=1, first_name="Bot", entropy=SeededEntropy("bot"))
    assert len(accounts) == 3


def test_repr_of_an_account_shows_neither_the_user_nor_a_secret() -> None:
    account = Account(id=5, dc_id=2, phone_number="491700000001", first_name="Ada", last_name="L", access_hash=77)
    assert repr(account) == (
        "Account(id=5, dc_id=2, is_bot=False, banned=False, deleted=False, deletion_at=None, email_reset_at=None, "
        "web_sessions={}, ttl_days=548, session_ttl_days=180, seen_at=0.0)"
    )


def test_number_is_free_after_a_change_or_a_deletion() -> None:
    accounts = Accounts()
    ada, bob = _account(accounts), _account(accounts, "4917000000")
    accounts.change_number(ada, "+4917000001")
    assert ada.phone_number == "4917000001"
    assert accounts.with_number("4917000001") is ada
    assert accounts.with_number("31-6-1234567") is None
    for number in ("4917000000", "no number"):
        with pytest.raises(LocalProtocolError):
            accounts.change_number(ada, number)
    bob.deletion_at, bob.deletion_hash = 5.0, "hash"
    bob.passkeys["id"] = Passkey("id", {}, "Passkey", 0.0)
    bob.web_sessions[1] = WebSession(1, "web.example", 5, "Firefox", 0.0)
    accounts.delete(bob)
    assert _values(bob, "deleted", "deletion_at", "deletion_hash") == [True, None, None]
    assert (bob.passkeys, bob.web_sessions) == ({}, {})
    assert accounts.with_number("4917000000") is None
    assert accounts.with_id(bob.id) is bob


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("+1 (234) 567-8901", "12345678901"),
        ("1234567", "1234567"),
        ("123456", None),
        ("123456789012345", "123456789012345"),
        ("1234567890123456", None),
        ("12345678a", None),
        ("١٢٣٤٥٦٧٨", None),
    ],
)
def test_numbers_are_normalised(text: str, digits: str | None) -> None:
    assert normalise(text) == digits


def test_account_is_over_after_its_ttl_or_deletion_date() -> None:
    account = _account(Accounts())
    assert not account.is_over(1e12)
    account.seen_at, account.ttl_days = 100.0, 30
    assert not account.is_over(100.0 + 30 * DAY - 1)
    assert account.is_over(100.0 + 30 * DAY)
    account.deletion_at = 500.0
    assert not account.is_over(499.0)
    assert account.is_over(500.0)


def test_login_email_is_reset_at_its_deadline() -> None:
    account = _account(Accounts())
    account.login_email = "a@example.org"
    account.give_up_address(1e12)
    assert account.login_email == "a@example.org"
    account.email_reset_at = 50.0
    account.give_up_address(49.0)
    assert (account.login_email, account.email_reset_at) == ("a@example.org", 50.0)
    account.give_up_address(50.0)
    assert _values(account, "login_email", "email_reset_at") == [None, None]


def test_myself_describes_users_and_bots() -> None:
    accounts = Accounts()
    ada = _account(accounts)
    bot = accounts.create_bot("1:x", dc_id=1, first_name="Bot", entropy=SeededEntropy("bot"))
    assert myself(ada) == types.User(
        id=ada.id, self=True, access_hash=ada.access_hash, first_name="Ada", phone=ada.phone_number
    )
    assert myself(bot) == types.User(
        id=bot.id,
        self=True,
        bot=True,
        bot_info_version=1,
        access_hash=bot.access_hash,
        first_name="Bot",
        username=f"test{bot.id}_bot",
    )


def test_logout_removes_the_state_of_a_key() -> None:
    devices, account = KeyAuthorizations(), _account(Accounts())
    device = devices.of(b"key")
    assert devices.of(b"key") is device
    assert not devices.is_used(b"key")
    assert not devices.is_used(b"other")
    device.awaits_password_of = account
    assert devices.is_used(b"key")
    device.log_in(account, 100.0, 7)
    assert _values(device, "account", "awaits_password_of", "hash", "ended_by") == [account, None, 7, None]
    assert (device.since, device.active_at) == (100.0, 100.0)
    assert devices.is_used(b"key")
    assert devices.of_account(account) == [device]
    device.unconfirmed = device.encrypted_requests_disabled = device.call_requests_disabled = True
    device.log_out(errors.SessionRevoked)
    assert _values(device, "account", "hash", "ended_by") == [None, 0, errors.SessionRevoked]
    assert [device.unconfirmed, device.encrypted_requests_disabled, device.call_requests_disabled] == [False] * 3
    assert devices.of_account(account) == []
    devices.forget(b"key")
    devices.forget(b"key")
    assert devices.of(b"key") is not device


def test_session_is_idle_after_the_session_ttl() -> None:
    device, account = KeyAuthorizations().of(b"key"), _account(Accounts())
    assert not device.is_idle(1e12)
    account.session_ttl_days = 2
    device.log_in(account, 100.0, 7)
    assert not device.is_idle(100.0 + 2 * DAY - 1)
    assert device.is_idle(100.0 + 2 * DAY)


def test_session_is_described_as_a_tl_authorization() -> None:
    device = KeyAuthorizations().of(b"key")
    logged_out = types.Authorization(
        current=True,
        hash=0,
        device_model="",
        platform="",
        system_version="",
        api_id=0,
        app_name="",
        app_version="",
        date_created=0,
        date_active=0,
        ip="127.0.0.1",
        country="NL",
        region="",
    )
    assert device.describe(current=True, country="NL") == logged_out
    device.log_in(_account(Accounts()), 100.5, 7)
    device.active_at = 200.5
    device.unconfirmed = device.encrypted_requests_disabled = device.call_requests_disabled = True
    device.init = functions.InitConnection(
        api_id=5,
        device_model="phone",
        system_version="1",
        app_version="2",
        system_lang_code="en",
        lang_pack="",
        lang_code="en",
        query=functions.help.GetConfig(),
    )
    assert device.describe(current=False, country="DE") == types.Authorization(
        encrypted_requests_disabled=True,
        call_requests_disabled=True,
        unconfirmed=True,
        hash=7,
        device_model="phone",
        platform="",
        system_version="1",
        api_id=5,
        app_name="",
        app_version="2",
        date_created=100,
        date_active=200,
        ip="127.0.0.1",
        country="DE",
        region="",
    )
