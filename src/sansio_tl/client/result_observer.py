"""What the client learns from answers that pass through it: who is logged in, and where data centers listen."""

from __future__ import annotations

from functools import cache

from sansio_tl import types
from sansio_tl.client.actions import Endpoint
from sansio_tl.hosts import MAX_PORT, is_address
from sansio_tl.limits import is_dc_id

MAX_ENDPOINTS = 16
"""Telegram names about four for each data center."""


@cache
def telling() -> frozenset[type]:
    """Of which classes the answers are from which there is something to learn: most are not, and need no closer look.

    A list may be the answer to users.getUsers.
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
    """The authorization that an answer grants, if it grants one."""
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
    """Where the data centers listen, by help.getConfig: those that need no secret, media-only ones last.

    What is no number of a data center, no IP address or no port is left out (MS42), and so is what goes beyond
    `MAX_ENDPOINTS` for one data center.
    """
    found: dict[int, list[Endpoint]] = {}
    for option in config.dc_options:
        if option.cdn or option.secret is not None or option.tcpo_only or (":" in option.ip_address and not ipv6):
            continue
        if not (is_dc_id(option.id) and is_address(option.ip_address) and 0 < option.port <= MAX_PORT):
            continue
        of_this = found.setdefault(option.id, [])
        if len(of_this) < MAX_ENDPOINTS:
            of_this.append(Endpoint(option.ip_address, option.port, option.media_only))
    return {dc_id: tuple(sorted(known, key=lambda endpoint: endpoint.media_only)) for dc_id, known in found.items()}
