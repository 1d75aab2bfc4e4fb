"""What the client learns from answers that pass through it: who is logged in, and where data centres listen."""

from __future__ import annotations

from functools import cache

from sansio_tl import types
from sansio_tl.client.actions import Endpoint


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
    """Where the data centres listen, by help.getConfig: those that need no secret, media-only ones last."""
    found: dict[int, list[Endpoint]] = {}
    for option in config.dc_options:
        if option.cdn or option.secret is not None or option.tcpo_only or (option.ipv6 and not ipv6):
            continue
        found.setdefault(option.id, []).append(Endpoint(option.ip_address, option.port, option.media_only))
    return {dc_id: tuple(sorted(known, key=lambda endpoint: endpoint.media_only)) for dc_id, known in found.items()}
