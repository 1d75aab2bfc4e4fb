"""What every client requests before and after login: its configuration, itself, and missed updates.

There are no messages here, so an account's update state never changes and no update can be missed.
"""

from __future__ import annotations

import json
from ipaddress import ip_address
from typing import TYPE_CHECKING

from sansio_tl import errors, functions, types
from sansio_tl.testing.help_config import LIFETIME, configuration
from sansio_tl.testing.user_objects import myself

if TYPE_CHECKING:
    from sansio_tl.testing.context import RequestContext

_MAX_USERS = 200


def get_config(call: RequestContext, query: functions.help.GetConfig) -> types.Config:
    """help.getConfig: the data centers, and the limits of Telegram's servers."""
    options = [_option(dc_id, host, port) for dc_id, (host, port) in sorted(call.cluster.addresses.items())]
    return configuration(options, dc_id=call.config.dc_id, test_mode=call.config.test_mode, now=int(call.now))


def get_nearest_dc(call: RequestContext, query: functions.help.GetNearestDc) -> types.NearestDc:
    """help.getNearestDc: this one."""
    dc_id = call.config.dc_id
    return types.NearestDc(country=call.config.country, this_dc=dc_id, nearest_dc=dc_id)


def get_users(call: RequestContext, query: functions.users.GetUsers) -> list[types.TypeUser]:
    """users.getUsers: the user itself; any other user is empty."""
    account = call.require_account()
    users: list[types.TypeUser] = []
    for input_user in query.id[:_MAX_USERS]:
        match input_user:
            case types.InputUserSelf():
                users.append(myself(account))
            case types.InputUser(user_id=account.id):
                users.append(myself(account))
            case types.InputUser():
                users.append(types.UserEmpty(id=input_user.user_id))
            case _:
                raise errors.UserIdInvalid
    return users


def get_full_user(call: RequestContext, query: functions.users.GetFullUser) -> types.users.UserFull:
    """users.getFullUser: the user itself; nothing is known of others. Pyrogram uses it to learn its own id."""
    account = call.require_account()
    match query.id:
        case types.InputUserSelf():
            pass
        case types.InputUser(user_id=account.id):
            pass
        case _:
            raise errors.UserIdInvalid
    full = types.UserFull(
        id=account.id,
        settings=types.PeerSettings(),
        notify_settings=types.PeerNotifySettings(),
        common_chats_count=0,
    )
    return types.users.UserFull(full_user=full, chats=[], users=[myself(account)])


def get_state(call: RequestContext, query: functions.updates.GetState) -> types.updates.State:
    """updates.getState: as it was when the data center was created."""
    call.require_account()
    return types.updates.State(pts=1, qts=0, date=int(call.state.opened_at), seq=1, unread_count=0)


def get_difference(call: RequestContext, query: functions.updates.GetDifference) -> types.updates.DifferenceEmpty:
    """updates.getDifference: none. Telethon requests it after login."""
    call.require_account()
    return types.updates.DifferenceEmpty(date=int(call.now), seq=1)


def get_countries_list(call: RequestContext, query: functions.help.GetCountriesList) -> types.help.CountriesList:
    """help.getCountriesList: the country of the data center, and a fictional one for its sandbox numbers."""
    countries: list[types.help.TypeCountry] = [
        _country("NL", "Netherlands", "31", "X XX XX XX XX"),
        _country("YL", "Y-land", "42", "XX XX XXX XXXX"),
        _country("FT", "Anonymous Numbers", "888", "XXXX XXXX"),
        _country("XT", "Sandbox", "99966", "X XXXX"),
    ]
    return types.help.CountriesList(countries=countries, hash=0)


def get_app_config(call: RequestContext, query: functions.help.GetAppConfig) -> types.help.AppConfig:
    """help.getAppConfig: an empty configuration."""
    return types.help.AppConfig(hash=0, config=types.JsonObject(value=[]))


def get_cdn_config(call: RequestContext, query: functions.help.GetCdnConfig) -> types.CdnConfig:
    """help.getCdnConfig: there are no CDN data centers."""
    return types.CdnConfig(public_keys=[])


def get_terms_of_service_update(
    call: RequestContext, query: functions.help.GetTermsOfServiceUpdate
) -> types.help.TermsOfServiceUpdateEmpty:
    """help.getTermsOfServiceUpdate: the terms never change."""
    call.require_user()
    return types.help.TermsOfServiceUpdateEmpty(expires=int(call.now) + LIFETIME)


def accept_terms_of_service(call: RequestContext, query: functions.help.AcceptTermsOfService) -> bool:
    """help.acceptTermsOfService: those in auth.authorizationSignUpRequired."""
    call.require_user()
    try:
        json.loads(query.id.data)
    except ValueError:
        raise errors.DataJsonInvalid from None
    return True


def drop_temp_auth_keys(call: RequestContext, query: functions.auth.DropTempAuthKeys) -> bool:
    """auth.dropTempAuthKeys: no effect; temporary keys expire, and a device is known by its permanent key."""
    return True


def update_status(call: RequestContext, query: functions.account.UpdateStatus) -> bool:
    """account.updateStatus: no effect."""
    call.require_user()
    return True


def _country(code: str, name: str, prefix: str, pattern: str) -> types.help.Country:
    country_code = types.help.CountryCode(country_code=prefix, patterns=[pattern])
    return types.help.Country(iso2=code, default_name=name, country_codes=[country_code])


def _option(dc_id: int, host: str, port: int) -> types.DcOption:
    return types.DcOption(
        id=dc_id, ip_address=host, port=port, ipv6=ip_address(host).version == 6, static=True, this_port_only=True
    )
