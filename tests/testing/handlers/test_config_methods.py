from __future__ import annotations

import pytest

from sansio_tl import codec, errors, functions, types
from sansio_tl.testing import RequestServed
from sansio_tl.testing.handlers.registry import HANDLERS
from sansio_tl.tl.objects import Function
from tests.helpers.direct_client import NOW, DirectClient


def test_config_lists_the_data_centers() -> None:
    client = DirectClient(dc_id=3, test_mode=True)
    client.data_center.announce("127.0.0.1", 4430)
    client.data_center.announce("::1", 4431, dc_id=1)
    config = client.call(functions.help.GetConfig())
    assert isinstance(config, types.Config)
    assert (config.date, config.this_dc, config.test_mode) == (int(NOW), 3, True)
    reported = [(option.id, option.ip_address, option.port, option.ipv6) for option in config.dc_options]
    assert reported == [(1, "::1", 4431, True), (3, "127.0.0.1", 4430, False)]
    assert codec.decode(codec.encode(config)) == config


def test_answers_about_the_account_and_its_state_are_exact() -> None:
    client = DirectClient()
    account = client.log_in()
    client.now = NOW + 100.5
    (me,) = client.call(functions.users.GetUsers([types.InputUser(account.id, account.access_hash)]))
    full = types.UserFull(
        id=account.id,
        settings=types.PeerSettings(),
        notify_settings=types.PeerNotifySettings(),
        common_chats_count=0,
    )
    expires = int(client.now) + 3600
    answers: list[tuple[Function[object], object]] = [
        (functions.help.GetNearestDc(), types.NearestDc(country="NL", this_dc=2, nearest_dc=2)),
        (functions.users.GetUsers([types.InputUserSelf()]), [me]),
        (functions.users.GetUsers([types.InputUser(5, 6)]), [types.UserEmpty(id=5)]),
        (functions.users.GetFullUser(types.InputUserSelf()), types.users.UserFull(full, chats=[], users=[me])),
        (
            functions.updates.GetState(),
            types.updates.State(pts=1, qts=0, date=int(NOW), seq=1, unread_count=0),
        ),
        (
            functions.updates.GetDifference(pts=1, date=1, qts=0),
            types.updates.DifferenceEmpty(date=int(client.now), seq=1),
        ),
        (functions.help.GetAppConfig(0), types.help.AppConfig(hash=0, config=types.JsonObject(value=[]))),
        (functions.help.GetCdnConfig(), types.CdnConfig(public_keys=[])),
        (functions.help.GetTermsOfServiceUpdate(), types.help.TermsOfServiceUpdateEmpty(expires=expires)),
        (functions.help.AcceptTermsOfService(types.DataJSON("{}")), True),
        (functions.auth.DropTempAuthKeys([]), True),
        (functions.account.UpdateStatus(offline=True), True),
    ]
    for query, answer in answers:
        assert client.call(query) == answer, query.NAME


def test_countries_are_listed_with_their_prefixes() -> None:
    reported = DirectClient().call(functions.help.GetCountriesList("en", 0))
    assert isinstance(reported, types.help.CountriesList)
    assert reported.hash == 0
    listed = [
        (each.iso2, each.default_name, each.hidden, code.country_code, code.prefixes, code.patterns)
        for each in reported.countries
        for code in each.country_codes
    ]
    assert listed == [
        ("NL", "Netherlands", False, "31", None, ["X XX XX XX XX"]),
        ("YL", "Y-land", False, "42", None, ["XX XX XXX XXXX"]),
        ("FT", "Anonymous Numbers", False, "888", None, ["XXXX XXXX"]),
        ("XT", "Sandbox", False, "99966", None, ["X XXXX"]),
    ]


@pytest.mark.parametrize(
    "query",
    [
        functions.users.GetUsers([types.InputUserSelf()]),
        functions.users.GetFullUser(types.InputUserSelf()),
        functions.updates.GetState(),
        functions.updates.GetDifference(pts=1, date=1, qts=0),
        functions.help.GetTermsOfServiceUpdate(),
        functions.help.AcceptTermsOfService(types.DataJSON("{}")),
        functions.account.UpdateStatus(offline=True),
    ],
)
def test_methods_of_users_require_a_login(query: Function[object]) -> None:
    assert isinstance(DirectClient().error_of(query), errors.AuthKeyUnregistered)


def test_config_has_the_limits_that_clients_keep_to() -> None:
    client = DirectClient(dc_id=3)
    client.data_center.announce("127.0.0.1", 4430)
    option = types.DcOption(id=3, ip_address="127.0.0.1", port=4430, static=True, this_port_only=True)
    assert client.call(functions.help.GetConfig()) == types.Config(
        date=int(NOW),
        expires=int(NOW) + 3600,
        test_mode=False,
        this_dc=3,
        dc_options=[option],
        dc_txt_domain_name="",
        chat_size_max=200,
        megagroup_size_max=200_000,
        forwarded_count_max=100,
        online_update_period_ms=210_000,
        offline_blur_timeout_ms=5_000,
        offline_idle_timeout_ms=30_000,
        online_cloud_timeout_ms=300_000,
        notify_cloud_delay_ms=30_000,
        notify_default_delay_ms=1_500,
        push_chat_period_ms=60_000,
        push_chat_limit=2,
        edit_time_limit=48 * 3600,
        revoke_time_limit=(1 << 31) - 1,
        revoke_pm_time_limit=(1 << 31) - 1,
        rating_e_decay=28 * 86_400,
        stickers_recent_limit=200,
        channels_read_media_period=7 * 86_400,
        call_receive_timeout_ms=20_000,
        call_ring_timeout_ms=90_000,
        call_connect_timeout_ms=30_000,
        call_packet_timeout_ms=10_000,
        me_url_prefix="https://t.me/",
        caption_length_max=1024,
        message_length_max=4096,
        webfile_dc_id=3,
    )


def test_at_most_200_users_are_reported() -> None:
    client = DirectClient()
    client.log_in()
    users = client.call(functions.users.GetUsers([types.InputUser(number, 0) for number in range(1, 202)]))
    assert users == [types.UserEmpty(number) for number in range(1, 201)]


def test_nearest_dc_reports_country_and_data_center() -> None:
    assert DirectClient(country="DE").call(functions.help.GetNearestDc()) == types.NearestDc("DE", 2, 2)


def test_get_users_returns_oneself_and_empty_users_for_others() -> None:
    client = DirectClient()
    account = client.log_in()
    expected: list[types.TypeInputUser] = [
        types.InputUserSelf(),
        types.InputUser(account.id, account.access_hash),
        types.InputUser(5, 0),
    ]
    myself, by_id, other = client.call(functions.users.GetUsers(expected))
    assert myself == by_id
    assert other == types.UserEmpty(5)
    assert isinstance(client.error_of(functions.users.GetUsers([types.InputUserEmpty()])), errors.UserIdInvalid)


def test_get_difference_is_empty() -> None:
    client = DirectClient()
    client.log_in()
    state = client.call(functions.updates.GetState())
    assert isinstance(state, types.updates.State)
    difference = client.call(functions.updates.GetDifference(pts=state.pts, date=state.date, qts=state.qts))
    assert isinstance(difference, types.updates.DifferenceEmpty)
    assert difference == types.updates.DifferenceEmpty(date=int(client.now), seq=state.seq)


@pytest.mark.parametrize(
    "query",
    [
        functions.users.GetUsers([types.InputUserSelf()]),
        functions.updates.GetState(),
        functions.updates.GetDifference(pts=1, date=1, qts=1),
        functions.auth.LogOut(),
        functions.contacts.GetContacts(0),
    ],
)
def test_logged_out_client_gets_auth_key_unregistered(query: Function[object]) -> None:
    assert isinstance(DirectClient().error_of(query), errors.AuthKeyUnregistered)


def test_unimplemented_method_is_refused_with_method_invalid() -> None:
    client = DirectClient()
    client.log_in()
    query = functions.contacts.GetContacts(0)
    error = client.error_of(query)
    assert isinstance(error, errors.MethodInvalid)
    (served,) = client.events()
    assert isinstance(served, RequestServed)
    assert (served.method, served.error) == ("contacts.getContacts", error)


def test_every_handler_names_its_method() -> None:
    for function, handler in HANDLERS.items():
        assert handler.__doc__ is not None
        assert handler.__doc__.startswith(function.NAME), function.NAME


def test_get_full_user_returns_oneself_only() -> None:
    client = DirectClient()
    account = client.log_in()
    for expected in (types.InputUserSelf(), types.InputUser(account.id, account.access_hash)):
        reported = client.call(functions.users.GetFullUser(expected))
        assert isinstance(reported, types.users.UserFull)
        assert isinstance(reported.full_user, types.UserFull)
        assert reported.full_user == types.UserFull(
            id=account.id,
            settings=types.PeerSettings(),
            notify_settings=types.PeerNotifySettings(),
            common_chats_count=0,
        )
        assert [user.id for user in reported.users] == [account.id]
        assert codec.decode(codec.encode(reported)) == reported
    assert isinstance(client.error_of(functions.users.GetFullUser(types.InputUser(5, 0))), errors.UserIdInvalid)


def test_constant_results_have_their_expected_values() -> None:
    client = DirectClient()
    account = client.log_in()
    now = int(client.now)
    assert client.call(functions.help.GetCdnConfig()) == types.CdnConfig(public_keys=[])
    assert client.call(functions.help.GetAppConfig(0)) == types.help.AppConfig(0, types.JsonObject([]))
    assert client.call(functions.updates.GetState()) == types.updates.State(1, 0, int(NOW), 1, 0)
    assert client.call(functions.help.GetTermsOfServiceUpdate()) == types.help.TermsOfServiceUpdateEmpty(now + 3600)
    assert client.call(functions.account.UpdateStatus(offline=False)) is True
    assert client.call(functions.auth.DropTempAuthKeys([])) is True
    assert client.call(functions.help.AcceptTermsOfService(types.DataJSON("{}"))) is True
    refused = client.error_of(functions.help.AcceptTermsOfService(types.DataJSON("{")))
    assert isinstance(refused, errors.DataJsonInvalid)
    countries = client.call(functions.help.GetCountriesList(lang_code="en", hash=0))
    assert isinstance(countries, types.help.CountriesList)
    assert countries.hash == 0
    reported = [
        (country.iso2, country.default_name, [(code.country_code, code.patterns) for code in country.country_codes])
        for country in countries.countries
        if isinstance(country, types.help.Country)
    ]
    assert reported == [
        ("NL", "Netherlands", [("31", ["X XX XX XX XX"])]),
        ("YL", "Y-land", [("42", ["XX XX XXX XXXX"])]),
        ("FT", "Anonymous Numbers", [("888", ["XXXX XXXX"])]),
        ("XT", "Sandbox", [("99966", ["X XXXX"])]),
    ]
    many = [types.InputUser(number, 0) for number in range(5, 305)]
    assert client.call(functions.users.GetUsers([*many])) == [types.UserEmpty(number) for number in range(5, 205)]
    full = client.call(functions.users.GetFullUser(types.InputUserSelf()))
    assert isinstance(full, types.users.UserFull)
    assert full.full_user == types.UserFull(
        id=account.id, settings=types.PeerSettings(), notify_settings=types.PeerNotifySettings(), common_chats_count=0
    )


def test_config_of_data_center_2_has_the_limits_of_telegram() -> None:
    """Second entry of the table: clients obey these numbers."""
    client = DirectClient()
    client.data_center.announce("127.0.0.1", 4430)
    assert client.call(functions.help.GetConfig()) == types.Config(
        date=int(NOW),
        expires=int(NOW) + 3600,
        test_mode=False,
        this_dc=2,
        dc_options=[types.DcOption(id=2, ip_address="127.0.0.1", port=4430, static=True, this_port_only=True)],
        dc_txt_domain_name="",
        chat_size_max=200,
        megagroup_size_max=200_000,
        forwarded_count_max=100,
        online_update_period_ms=210_000,
        offline_blur_timeout_ms=5_000,
        offline_idle_timeout_ms=30_000,
        online_cloud_timeout_ms=300_000,
        notify_cloud_delay_ms=30_000,
        notify_default_delay_ms=1_500,
        push_chat_period_ms=60_000,
        push_chat_limit=2,
        edit_time_limit=172_800,
        revoke_time_limit=(1 << 31) - 1,
        revoke_pm_time_limit=(1 << 31) - 1,
        rating_e_decay=2_419_200,
        stickers_recent_limit=200,
        channels_read_media_period=604_800,
        call_receive_timeout_ms=20_000,
        call_ring_timeout_ms=90_000,
        call_connect_timeout_ms=30_000,
        call_packet_timeout_ms=10_000,
        me_url_prefix="https://t.me/",
        caption_length_max=1_024,
        message_length_max=4_096,
        webfile_dc_id=2,
    )
