"""Logging in by QR code, both sides.

The new device shows a code and the logged-in one scans it:

    new device                                  logged-in device
    auth.exportLoginToken -> auth.loginToken
    shows tg://login?token=...          --->    auth.acceptLoginToken
    updateLoginToken <- server
    auth.exportLoginToken -> auth.loginTokenSuccess
                          or auth.loginTokenMigrateTo: auth.importLoginToken there

A code lives about thirty seconds and is renewed when it expires; after a refusal the flow waits 1, 2, 4 ... 60 seconds
and goes on by itself. Give `next_deadline` to your timer, call `handle_deadline`, and pass on all updates.
Protocol: api/qr-login.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sansio_tl import types
from sansio_tl.auth.entered import text, whole
from sansio_tl.auth.flow import DONE, FAILED, Build, Flow, FlowData
from sansio_tl.auth.login_base import SIGN_UP_REQUIRED, STOPPED, STOPPED_WANTS, BaseLogin, LoginFlowData, login_rows
from sansio_tl.auth.password import LOG_IN_FORGOTTEN, PASSWORD_REQUESTS, WAIT
from sansio_tl.auth.prompts import Prompt, QrLinkPrompt, ScanPrompt
from sansio_tl.auth.snapshot import Time
from sansio_tl.auth.state_table import (
    AwaitInput,
    Input,
    Request,
    Result,
    RpcFailure,
    State,
    UserInput,
    back_home,
    refusal,
    table,
)
from sansio_tl.auth.updates import updates_in
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError, RpcError
from sansio_tl.functions import auth
from sansio_tl.limits import is_dc_id
from sansio_tl.tl.objects import TLObject

MIN_LIFE = 1.0
"""A code that the server calls expired already is renewed after a second, not at once."""
MAX_PAUSE = 60.0

SCAN_WANTED = AwaitInput("scan wanted", "A QR code is to be shown and scanned.")
EXPORTING = Request("exporting a code", "auth.exportLoginToken", STOPPED)
IMPORTING = Request("importing the login", "auth.importLoginToken", STOPPED)

RENEW = UserInput("renew the code")
UPDATE_RECEIVED = UserInput("updateLoginToken")

CODE_READY = Result("auth.loginToken")
MOVED = Result("auth.loginTokenMigrateTo")
STALE_CODE = RpcFailure(
    "AUTH_TOKEN_EXPIRED / _INVALID / _EXCEPTION",
    ("AUTH_TOKEN_EXPIRED", "AUTH_TOKEN_INVALID", "AUTH_TOKEN_EXCEPTION"),
)
ACCEPTED_ALREADY = refusal("AUTH_TOKEN_ALREADY_ACCEPTED")

TABLE = table(
    login_rows((EXPORTING, IMPORTING), STOPPED, EXPORTING),
    {
        (SCAN_WANTED, RENEW): EXPORTING,
        (SCAN_WANTED, UPDATE_RECEIVED): EXPORTING,
        (EXPORTING, CODE_READY): SCAN_WANTED,
        (EXPORTING, MOVED): IMPORTING,
        (EXPORTING, SIGN_UP_REQUIRED): FAILED,
        (EXPORTING, ACCEPTED_ALREADY): SCAN_WANTED,
        (EXPORTING, STALE_CODE): EXPORTING,
        (IMPORTING, CODE_READY): SCAN_WANTED,
        (IMPORTING, MOVED): IMPORTING,
        (IMPORTING, SIGN_UP_REQUIRED): FAILED,
        (IMPORTING, ACCEPTED_ALREADY): SCAN_WANTED,
        (IMPORTING, STALE_CODE): EXPORTING,
    },
)


class QrFlowData(LoginFlowData, kw_only=True):
    """The code that is shown, and where it leads."""

    except_ids: list[int]
    token: bytes = b""
    expires: Time = 0.0
    pause: Time = 0.0


WANTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {**STOPPED_WANTS, SCAN_WANTED: lambda facts: ScanPrompt(qr_link(facts.token), facts.expires)}
)
REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        **PASSWORD_REQUESTS,
        EXPORTING: lambda facts, _: auth.ExportLoginToken(
            api_id=facts.api_id, api_hash=facts.api_hash, except_ids=facts.except_ids
        ),
        IMPORTING: lambda facts, _: auth.ImportLoginToken(token=facts.token),
    }
)


class QrLogin(BaseLogin):
    """The new device: shows codes until one is scanned."""

    KIND = "QR"
    TABLE = TABLE
    FACTS = QrFlowData
    WANTS = WANTS
    REQUESTS = REQUESTS

    _facts: QrFlowData  # pyright: ignore[reportIncompatibleVariableOverride]  made by FACTS, and kept

    def __init__(self, *, api_id: int, api_hash: str, except_ids: Sequence[int] = ()) -> None:
        """`except_ids`: accounts that are logged in on this device already and shall not be offered."""
        ids = [whole(user_id, "the id of an account", 64) for user_id in except_ids]
        super().__init__(QrFlowData(api_id=api_id, api_hash=api_hash, except_ids=ids), EXPORTING)

    def renew(self) -> None:
        """Show another code at once."""
        self._move(RENEW)

    def next_deadline(self) -> float | None:
        """When the code shown expires, or the pause after a refusal is over."""
        if self.state == SCAN_WANTED:
            return self._facts.expires
        return self._facts.retry_at if self.state == STOPPED else None

    def handle_deadline(self, *, now: float) -> None:
        """Renew the code, or try again."""
        deadline = self.next_deadline()
        if deadline is None or now < deadline:
            return
        if self.state == SCAN_WANTED:
            self.renew()
        else:
            self.begin()

    def receive_update(self, update: TLObject, *, now: float) -> bool:
        """updateLoginToken: somebody has scanned the code."""
        del now
        told = any(isinstance(each, types.UpdateLoginToken) for each in updates_in(update))
        if told and self.state == SCAN_WANTED:
            self._move(UPDATE_RECEIVED)
            return True
        return False

    def receive_error(self, error: RpcError | RemoteProtocolError, *, now: float) -> None:
        """As for every flow; a pause of 1, 2, 4 ... 60 seconds follows, or what FLOOD_WAIT says."""
        super().receive_error(error, now=now)
        if self.state == STOPPED:
            facts = self._facts
            facts.pause = min(max(2 * facts.pause, 1.0), MAX_PAUSE)
            facts.retry_at = now + max(facts.pause, getattr(error, "seconds", 0.0))

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        match result:
            case types.auth.LoginToken():
                self._facts.token, self._facts.pause = result.token, 0.0
                self._facts.expires = max(float(result.expires), now + MIN_LIFE)
                return CODE_READY
            case types.auth.LoginTokenMigrateTo():
                if not is_dc_id(result.dc_id):
                    raise RemoteProtocolError("AU3", f"a QR code leads to data center {result.dc_id}, which is none")
                if result.dc_id == self._dc:
                    raise RemoteProtocolError(
                        "AU2",
                        f"the answer leads to data center {self._dc}, where the request was to go: either it was not "
                        "sent to `Invoke.dc`, or that data center sends it to itself",
                    )
                self._facts.token, self._dc = result.token, result.dc_id
                return MOVED
            case types.auth.LoginTokenSuccess():
                return self._hear_log_in(state, result.authorization)
        return self._hear_log_in(state, result)


def qr_link(token: bytes) -> str:
    """What the QR code holds."""
    return f"tg://login?token={urlsafe_b64encode(token).decode().rstrip('=')}"


def token_of_link(link: str) -> bytes:
    """The token in a QR code. Raises LocalProtocolError for another link."""
    found = re.fullmatch(r"tg://login\?token=([A-Za-z0-9_-]+)=*", text(link, "the link"))
    if found is None or len(found[1]) % 4 == 1:
        raise LocalProtocolError("this is no QR code to log in with")
    return urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4))


# --- the other side -----------------------------------------------------------------------------------------------

LINK_WANTED = AwaitInput("QR code wanted", "The QR code of the new device is to be scanned.")
ACCEPTING = Request("accepting the new device", "auth.acceptLoginToken", LINK_WANTED, frozenset({"token"}))

SCAN = UserInput("scan a QR code")
ACCEPTED = Result("authorization")

SCAN_TABLE = table(
    {
        (LINK_WANTED, SCAN): ACCEPTING,
        (ACCEPTING, ACCEPTED): DONE,
    },
    back_home((ACCEPTING,), STALE_CODE),
    back_home((ACCEPTING,), ACCEPTED_ALREADY),
    back_home((ACCEPTING,), WAIT),
    {(ACCEPTING, LOG_IN_FORGOTTEN): FAILED},
)


SCAN_WANTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType({LINK_WANTED: lambda _: QrLinkPrompt()})
SCAN_REQUESTS: Mapping[State, Build] = MappingProxyType(
    {ACCEPTING: lambda _, secrets: auth.AcceptLoginToken(token=secrets["token"])}
)


class QrAccept(Flow[types.Authorization]):
    """The logged-in device: accepts what the new one shows. The result describes the new session."""

    KIND = "QR scanner"
    TABLE = SCAN_TABLE
    FACTS = FlowData
    RESULT = (types.Authorization,)
    WANTS = SCAN_WANTS
    REQUESTS = SCAN_REQUESTS

    def __init__(self, link: str) -> None:
        """Raises LocalProtocolError for a QR code of another kind."""
        super().__init__(FlowData(), LINK_WANTED)
        self.scan(link)

    def scan(self, link: str) -> None:
        """Accept this code; after a refusal, that of a code shown since."""
        self._move(SCAN, token=token_of_link(link))

    def _classify_result(self, state: Request, result: Any, now: float) -> Input:
        del state, now
        self._finish(result)
        return ACCEPTED if isinstance(result, types.Authorization) else Result(type(result).__name__)
