"""The sessions of an account: listing them, and ending unknown ones.

    account.getAuthorizations, account.getWebAuthorizations --> the list
    account.resetAuthorization, auth.resetAuthorizations, account.changeAuthorizationSettings,
    account.setAuthorizationTTL, account.resetWebAuthorization, account.resetWebAuthorizations --> true; the list again

A session younger than 24 hours may not end others (FRESH_RESET_AUTHORISATION_FORBIDDEN). updateNewAuthorization
announces an unconfirmed new session: confirm it or end it. Protocol: api/auth#sessions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType, NoneType
from typing import Any, TypeVar

from sansio_tl import types
from sansio_tl.auth.flow import DONE, FAILED, Build, Flow, FlowData
from sansio_tl.auth.login_base import BEGIN, STOPPED, retry_time
from sansio_tl.auth.password import KEY_UNREGISTERED, WAIT
from sansio_tl.auth.prompts import Prompt, RetryPrompt, SessionsPrompt
from sansio_tl.auth.snapshot import Saved, Time, from_jsonable, to_jsonable
from sansio_tl.auth.state_table import (
    AwaitInput,
    Input,
    Request,
    Result,
    RpcFailure,
    State,
    UserInput,
    back_home,
    from_each,
    table,
)
from sansio_tl.auth.updates import updates_in
from sansio_tl.errors import LocalProtocolError, RpcError
from sansio_tl.functions import account, auth
from sansio_tl.tl.objects import Function, TLObject

_List = TypeVar("_List", bound=TLObject)

LISTED = AwaitInput("listed", "The list is known; change something or stop.")
LISTING = Request("listing", "account.getAuthorizations", STOPPED)
LISTING_WEB = Request("listing websites", "account.getWebAuthorizations", STOPPED)
CHANGING = Request("changing", "the request of the input", LISTED, frozenset({"request"}))

END = UserInput("end a session")
END_OTHERS = UserInput("end all other sessions")
CHANGE = UserInput("confirm or change a session")
SET_TTL = UserInput("set the TTL of idle sessions")
END_WEB = UserInput("log out of a website")
END_ALL_WEB = UserInput("log out of all websites")
REFRESH = UserInput("list again")
UPDATE_RECEIVED = UserInput("updateNewAuthorization")
LEAVE = UserInput("leave")

SESSIONS = Result("account.authorizations")
WEBSITES = Result("account.webAuthorizations")
CHANGED = Result("Bool")
NOT_ALLOWED = RpcFailure(
    "FRESH_RESET_AUTHORISATION_FORBIDDEN / HASH_INVALID / TTL_DAYS_INVALID",
    ("FRESH_RESET_AUTHORISATION_FORBIDDEN", "HASH_INVALID", "TTL_DAYS_INVALID"),
)

_CHANGES = (END, END_OTHERS, CHANGE, SET_TTL, END_WEB, END_ALL_WEB)

TABLE = table(
    {
        (STOPPED, BEGIN): LISTING,
        (LISTING, SESSIONS): LISTING_WEB,
        (LISTING_WEB, WEBSITES): LISTED,
        **{(LISTED, user_input): CHANGING for user_input in _CHANGES},
        (LISTED, REFRESH): LISTING,
        (LISTED, UPDATE_RECEIVED): LISTING,
        (LISTED, LEAVE): DONE,
        (CHANGING, CHANGED): LISTING,
        (CHANGING, NOT_ALLOWED): LISTED,
    },
    from_each((LISTING, LISTING_WEB, CHANGING), KEY_UNREGISTERED, FAILED),
    back_home((LISTING, LISTING_WEB, CHANGING), WAIT),
)


class SessionsFlowData(FlowData):
    """The lists, serialized."""

    sessions: dict[str, str] | None = None
    websites: dict[str, str] | None = None
    retry_at: Time | None = None


PROMPTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {STOPPED: lambda data: RetryPrompt(data.retry_at), LISTED: lambda _: SessionsPrompt()}
)
REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        LISTING: lambda _, __: account.GetAuthorizations(),
        LISTING_WEB: lambda _, __: account.GetWebAuthorizations(),
        CHANGING: lambda _, secrets: secrets["request"],
    }
)


class Sessions(Flow[None]):
    """List the logged-in devices and web sites, and end their sessions.

    `Sessions()`; the first actions fetch the lists. Each change fetches them again.
    """

    KIND = "sessions"
    TABLE = TABLE
    DATA = SessionsFlowData
    RESULT = (NoneType,)
    PROMPTS = PROMPTS
    REQUESTS = REQUESTS

    _data: SessionsFlowData

    def __init__(self) -> None:
        """Only for an account that is logged in."""
        super().__init__(SessionsFlowData(), LISTING)

    @property
    def sessions(self) -> types.account.Authorizations | None:
        """Each session with its hash, 0 for this one, and the number of days after which idle ones end. None before the
        list.
        """
        return _listed(self._data.sessions, types.account.Authorizations)

    @property
    def websites(self) -> types.account.WebAuthorizations | None:
        """The websites on which the account is logged in. None before the list."""
        return _listed(self._data.websites, types.account.WebAuthorizations)

    def begin(self) -> None:
        """After an error: fetch the lists again."""
        self._apply_input(BEGIN)
        self._data.retry_at = None

    def refresh(self) -> None:
        """Fetch the lists again."""
        self._apply_input(REFRESH)

    def end(self, session_hash: int) -> None:
        """End another session."""
        self._ask(END, account.ResetAuthorization(hash=session_hash))

    def end_others(self) -> None:
        """End all other sessions."""
        self._ask(END_OTHERS, auth.ResetAuthorizations())

    def change(
        self,
        session_hash: int,
        *,
        confirmed: bool = False,
        encrypted_requests_disabled: bool | None = None,
        call_requests_disabled: bool | None = None,
    ) -> None:
        """Confirm a new session, or set whether another one accepts secret chats and calls. None changes nothing."""
        request = account.ChangeAuthorizationSettings(
            hash=session_hash,
            confirmed=confirmed,
            encrypted_requests_disabled=encrypted_requests_disabled,
            call_requests_disabled=call_requests_disabled,
        )
        self._ask(CHANGE, request)

    def set_ttl(self, days: int) -> None:
        """End sessions automatically after so many idle days."""
        self._ask(SET_TTL, account.SetAuthorizationTTL(authorization_ttl_days=days))

    def end_website(self, website_hash: int) -> None:
        """Log out of a website."""
        self._ask(END_WEB, account.ResetWebAuthorization(hash=website_hash))

    def end_all_websites(self) -> None:
        """Log out of all websites."""
        self._ask(END_ALL_WEB, account.ResetWebAuthorizations())

    def leave(self) -> None:
        """Stop: no more changes."""
        self._apply_input(LEAVE)

    def receive_update(self, update: TLObject, *, now: float) -> bool:
        """updateNewAuthorization: the list has changed."""
        del now
        updated = any(isinstance(each, types.UpdateNewAuthorization) for each in updates_in(update))
        if updated and self.state == LISTED:
            self._apply_input(UPDATE_RECEIVED)
            return True
        return False

    def _load(self, saved: Saved) -> None:
        super()._load(saved)
        _ = self.sessions, self.websites  # raises LocalProtocolError if they cannot be decoded

    def _ask(self, user_input: UserInput, request: Function[bool]) -> None:
        self._apply_input(user_input, request=request)

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        del now
        match result:
            case types.account.Authorizations():
                self._data.sessions = to_jsonable(result)
                return SESSIONS
            case types.account.WebAuthorizations():
                self._data.websites = to_jsonable(result)
                return WEBSITES
            case bool() if state == CHANGING:
                return CHANGED
        return Result(type(result).__name__)

    def _on_rpc_error(self, state: Request, given: RpcFailure, error: RpcError, now: float) -> None:
        del state
        if given == WAIT:
            self._data.retry_at = retry_time(error, now)


def _listed(saved: dict[str, str] | None, kind: type[_List]) -> _List | None:
    found = from_jsonable(saved)
    if found is not None and not isinstance(found, kind):
        raise LocalProtocolError("invalid flow snapshot: the list has another type")
    return found
