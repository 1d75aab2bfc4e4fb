"""The expected errors: by method, of any method, and those that concern the whole account."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from sansio_tl.errors.generated.methods import ANY_METHOD as _ANY_METHOD
from sansio_tl.errors.generated.methods import AUTHORIZATION_LOST as _AUTHORIZATION_LOST
from sansio_tl.errors.generated.methods import BOTS_ONLY, RAISES, USERS_ONLY
from sansio_tl.errors.generated.methods import MAIN_DC_MOVED as _MAIN_DC_MOVED
from sansio_tl.errors.parsing import named

if TYPE_CHECKING:
    from sansio_tl.errors.rpc import RpcError


class Method(Protocol):
    """A class of `sansio_tl.functions`: only its name is needed."""

    NAME: ClassVar[str]


def errors_of(method: str | Method | type[Method]) -> tuple[type[RpcError], ...]:
    """The known errors of this method, given as its class, an instance of it or its name ("auth.sendCode").

    Errors that any method may return are in `ANY_METHOD` and repeated here only where they matter most. Empty if
    nothing is known; the list is not complete.
    """
    return _classes(RAISES.get(_name(method), ()))


def is_user_only(method: str | Method | type[Method]) -> bool:
    """Whether bots may not call the method (they get BotMethodInvalid)."""
    return _name(method) in USERS_ONLY


def is_bot_only(method: str | Method | type[Method]) -> bool:
    """Whether users may not call the method (they get UserBotRequired)."""
    return _name(method) in BOTS_ONLY


def _name(method: str | Method | type[Method]) -> str:
    return method if isinstance(method, str) else method.NAME


def _classes(names: tuple[str, ...]) -> tuple[type[RpcError], ...]:
    return tuple(cls for cls in map(named, names) if cls is not None)


ANY_METHOD = _classes(_ANY_METHOD)
"""Errors that any method may raise."""

AUTHORIZATION_LOST = _classes(_AUTHORIZATION_LOST)
"""Errors that mean that the auth key is no longer logged in, if the account's home data center sends them."""

MAIN_DC_MOVED = _classes(_MAIN_DC_MOVED)
"""Errors that name another home data center of the account (`.dc`): connect to it and send the same request again."""
