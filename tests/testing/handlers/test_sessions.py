from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.testing import Account, LoggedOut
from tests.helpers.data_center_state import state_of
from tests.helpers.direct_client import NOW, PHONE_KEY, TABLET_KEY, DirectClient, is_known_for

DAY = 86_400
LIST = functions.account.GetAuthorizations()
End = functions.account.ResetAuthorization
END_OTHERS = functions.auth.ResetAuthorizations()
Change = functions.account.ChangeAuthorizationSettings


def two_devices(**settings: Any) -> tuple[DirectClient, Account, int]:
    """A user who is logged in on a phone and, an hour later, on a tablet; and the hash of the tablet's session."""
    client = DirectClient(**settings)
    account = client.log_in()
    client.now += 3600
    client.log_in(key_id=TABLET_KEY)
    _, tablet = client.call(LIST).authorizations
    return client, account, tablet.hash


def test_session_list_begins_with_the_current_session() -> None:
    client, _, _ = two_devices()
    reported = client.call(LIST)
    assert reported.authorization_ttl_days == 180
    this, other = reported.authorizations
    assert (this.current, this.hash, this.date_created) == (True, 0, int(NOW))
    assert (other.current, other.unconfirmed, other.date_created) == (False, True, int(NOW) + 3600)
    from_the_tablet = client.call(LIST, TABLET_KEY).authorizations
    assert [known.date_created for known in from_the_tablet] == [int(NOW) + 3600, int(NOW)]


def test_ended_session_gets_session_revoked() -> None:
    client, account, tablet = two_devices()
    client.events()
    assert client.call(End(tablet)) is True
    assert LoggedOut(account.id) in client.events()
    error = client.error_of(LIST, TABLET_KEY)
    assert isinstance(error, errors.SessionRevoked)
    assert is_known_for(error, LIST)
    assert len(client.call(LIST).authorizations) == 1
    client.log_in(key_id=TABLET_KEY)
    assert len(client.call(LIST).authorizations) == 2


@pytest.mark.parametrize("session_hash", [0, 5])
def test_unknown_session_hash_is_refused(session_hash: int) -> None:
    client, _, _ = two_devices()
    error = client.error_of(End(session_hash))
    assert isinstance(error, errors.HashInvalid)
    assert is_known_for(error, End(session_hash))


def test_reset_authorizations_ends_all_other_sessions() -> None:
    client, _, _ = two_devices()
    client.log_in(key_id=b"laptop..")
    assert client.call(END_OTHERS) is True
    assert len(client.call(LIST).authorizations) == 1
    for key_id in (TABLET_KEY, b"laptop.."):
        assert isinstance(client.error_of(LIST, key_id), errors.SessionRevoked)


def test_new_sessions_cannot_end_others() -> None:
    client, _, tablet = two_devices(fresh_session=float(DAY))
    for query in (End(tablet), END_OTHERS, functions.account.SetAuthorizationTTL(30)):
        error = client.error_of(query)
        assert isinstance(error, errors.FreshResetAuthorisationForbidden)
        assert is_known_for(error, query)
    client.now = NOW + DAY
    assert client.call(END_OTHERS) is True


def test_unconfirmed_session_can_be_confirmed_and_changed() -> None:
    client, _, tablet = two_devices()
    change = Change(tablet, confirmed=True, encrypted_requests_disabled=True, call_requests_disabled=True)
    assert client.call(change) is True
    _, other = client.call(LIST).authorizations
    assert (other.unconfirmed, other.encrypted_requests_disabled, other.call_requests_disabled) == (False, True, True)
    client.call(Change(tablet, call_requests_disabled=False))
    _, other = client.call(LIST).authorizations
    assert (other.encrypted_requests_disabled, other.call_requests_disabled) == (True, False)
    assert client.call(Change(0, call_requests_disabled=True)) is True
    assert client.call(LIST).authorizations[0].call_requests_disabled
    assert isinstance(client.error_of(Change(5)), errors.HashInvalid)


def test_idle_session_expires_after_the_session_ttl() -> None:
    client, _, _ = two_devices()
    assert client.call(functions.account.SetAuthorizationTTL(7)) is True
    client.now += 7 * DAY - 1
    client.call(LIST)
    client.now += 1
    error = client.error_of(LIST, TABLET_KEY)
    assert isinstance(error, errors.SessionExpired)
    assert is_known_for(error, LIST)
    assert len(client.call(LIST).authorizations) == 1
    for days in (1, 366):
        assert client.call(functions.account.SetAuthorizationTTL(days)) is True
        assert client.call(LIST).authorization_ttl_days == days
    for days in (0, 367):
        query = functions.account.SetAuthorizationTTL(days)
        rpc_error = client.error_of(query)
        assert isinstance(rpc_error, errors.TtlDaysInvalid)
        assert is_known_for(rpc_error, query)


def test_invalidated_sign_in_codes_are_expired() -> None:
    client = DirectClient()
    client.data_center.add_account("491700000001", first_name="Ada")
    sent = client.send_code("491700000001")
    client.call(functions.auth.SignIn("491700000001", sent.phone_code_hash, client.last_code().code))
    sent = client.send_code("491700000001", key_id=TABLET_KEY)
    code = client.last_code().code
    assert client.call(functions.account.InvalidateSignInCodes(["00000"])) is False
    assert client.call(functions.account.InvalidateSignInCodes([code])) is True
    error = client.error_of(functions.auth.SignIn("491700000001", sent.phone_code_hash, code), TABLET_KEY)
    assert isinstance(error, errors.PhoneCodeExpired)


def test_web_sessions_are_listed_and_ended() -> None:
    client = DirectClient()
    account = client.log_in()
    bot = client.data_center.add_bot("7:token", first_name="Robby")
    one = client.data_center.add_web_session(account, "one.example", bot, now=NOW)
    client.data_center.add_web_session(account, "two.example", bot, now=NOW)
    reported = client.call(functions.account.GetWebAuthorizations())
    assert [site.domain for site in reported.authorizations] == ["one.example", "two.example"]
    assert reported.authorizations[0] == types.WebAuthorization(
        hash=one.hash,
        bot_id=bot.id,
        domain="one.example",
        browser="Firefox",
        platform="",
        date_created=int(NOW),
        date_active=int(NOW),
        ip="127.0.0.1",
        region="",
    )
    assert reported.users == [
        types.User(
            id=bot.id,
            bot=True,
            bot_info_version=1,
            access_hash=bot.access_hash,
            first_name="Robby",
            username=f"test{bot.id}_bot",
        )
    ]
    assert client.call(functions.account.ResetWebAuthorization(one.hash)) is True
    query = functions.account.ResetWebAuthorization(one.hash)
    error = client.error_of(query)
    assert isinstance(error, errors.HashInvalid)
    assert is_known_for(error, query)
    assert client.call(functions.account.ResetWebAuthorizations()) is True
    assert client.call(functions.account.GetWebAuthorizations()).authorizations == []


def test_methods_of_a_banned_account_are_refused() -> None:
    client = DirectClient()
    account = client.log_in()
    account.banned = True
    error = client.error_of(LIST)
    assert isinstance(error, errors.UserDeactivatedBan)
    assert is_known_for(error, LIST)
    refused = client.error_of(functions.auth.SendCode(account.phone_number, 1, "hash", types.CodeSettings()))
    assert isinstance(refused, errors.PhoneNumberBanned)


def test_session_list_has_the_init_parameters_of_the_application() -> None:
    client = DirectClient()
    client.log_in()
    state_of(client.data_center).devices.of(PHONE_KEY).init = functions.InitConnection(
        api_id=7,
        device_model="Pocket calculator",
        system_version="1",
        app_version="2",
        system_lang_code="en",
        lang_pack="",
        lang_code="en",
        query=LIST,
    )
    client.now += 5
    (this,) = client.call(LIST).authorizations
    assert this == types.Authorization(
        current=True,
        hash=0,
        device_model="Pocket calculator",
        platform="",
        system_version="1",
        api_id=7,
        app_name="",
        app_version="2",
        date_created=int(NOW),
        date_active=int(NOW) + 5,
        ip="127.0.0.1",
        country="NL",
        region="",
    )


def test_session_without_init_parameters_is_described_by_its_times() -> None:
    client, _, tablet = two_devices()
    client.call(Change(tablet, encrypted_requests_disabled=True, call_requests_disabled=True))
    _, other = client.call(LIST).authorizations
    assert other == types.Authorization(
        encrypted_requests_disabled=True,
        call_requests_disabled=True,
        unconfirmed=True,
        hash=tablet,
        device_model="",
        platform="",
        system_version="",
        api_id=0,
        app_name="",
        app_version="",
        date_created=int(NOW) + 3600,
        date_active=int(NOW) + 3600,
        ip="127.0.0.1",
        country="NL",
        region="",
    )
    client.call(Change(tablet, encrypted_requests_disabled=False))
    _, changed = client.call(LIST).authorizations
    assert (changed.encrypted_requests_disabled, changed.call_requests_disabled) == (False, True)
    client.call(Change(0, call_requests_disabled=True))
    this, _ = client.call(LIST).authorizations
    assert (this.call_requests_disabled, this.encrypted_requests_disabled) == (True, False)
