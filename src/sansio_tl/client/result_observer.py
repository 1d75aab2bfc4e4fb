"""What results contain for the client itself: who is logged in, and the addresses of data centers."""

from __future__ import annotations

from functools import cache

from sansio_tl import types
from sansio_tl.client.actions import Endpoint
from sansio_tl.hosts import MAX_PORT, is_address
from sansio_tl.limits import is_dc_id

MAX_ENDPOINTS = 16
"""The most addresses that are kept of one data center; Telegram names about four."""


@cache
def observed_types() -> frozenset[type]:
    """The classes of the results that concern the client; most results are of other classes.

    A list may be the result of users.getUsers.
    """
    return frozenset(
        (
            list,
            types.Config,
            types.account.EmailVerifiedLogin,
            types.auth.Authorization,
            types.auth.LoggedOut,
            types.auth.LoginTokenSuccess,
            types.auth.SentCodeSuccess,
        )
    )


def authorization_in(result: object) -> types.auth.Authorization | None:
    """The authorization in a result, if there is one."""
    match result:
        case types.auth.Authorization():
            return result
        case types.auth.SentCodeSuccess() | types.auth.LoginTokenSuccess():
            return authorization_in(result.authorization)
        case types.account.EmailVerifiedLogin():
            return authorization_in(result.sent_code)
        case _:
            return None


def endpoints_in(config: types.Config, *, ipv6: bool) -> dict[int, tuple[Endpoint, ...]]:
    """The addresses in the result of help.getConfig that need no secret, media-only ones last.

    Invalid numbers of data centers, IP addresses and ports are left out (MS42), and so is everything beyond
    `MAX_ENDPOINTS` for one data center.
    """
    found: dict[int, list[Endpoint]] = {}
    for option in config.dc_options:
        if option.cdn or option.secret is not None or option.tcpo_only or (":" in option.ip_address and not ipv6):
            continue
        host = option.ip_address
        if "%" in host:  # the zone of an address, any text, is a name of this computer's own network
            continue
        if not (is_dc_id(option.id) and is_address(host) and 0 < option.port <= MAX_PORT):
            continue
        of_this = found.setdefault(option.id, [])
        if len(of_this) < MAX_ENDPOINTS:
            of_this.append(Endpoint(host, option.port, option.media_only))
    return {dc_id: tuple(sorted(known, key=lambda endpoint: endpoint.media_only)) for dc_id, known in found.items()}
