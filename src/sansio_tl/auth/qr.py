"""Login by QR code, both sides.

The new device shows a code and the logged-in one scans it:

    new device                                  logged-in device
    auth.exportLoginToken -> auth.loginToken
    shows tg://login?token=...          --->    auth.acceptLoginToken
    updateLoginToken <- server
    auth.exportLoginToken -> auth.loginTokenSuccess
                          or auth.loginTokenMigrateTo: auth.importLoginToken there

A code is valid for about thirty seconds and is renewed when it expires; after an error the flow waits 1, 2, 4 ... 60
seconds and continues by itself. Set a timer to `next_deadline`, call `handle_deadline`, and pass on all updates.
The server gives the time of expiry by its clock. If ours is ahead, a code may have expired on arrival: it is shown all
the same, for 1, 2, 4 ... 30 seconds. If ours is behind, a code is shown for `MAX_LIFE`.
Protocol: api/qr-login.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sansio_tl import types
from sansio_tl.auth.flow import DONE, FAILED, Build, Flow, FlowData
from sansio_tl.auth.login_base import SIGN_UP_REQUIRED, STOPPED, STOPPED_PROMPTS, BaseLogin, LoginFlowData, login_rows
from sansio_tl.auth.password import KEY_UNREGISTERED, PASSWORD_REQUESTS, WAIT
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
    rpc_failure,
    table,
)
from sansio_tl.auth.updates import updates_in
from sansio_tl.auth.user_input import text, whole
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError, RpcError
from sansio_tl.functions import auth
from sansio_tl.limits import is_dc_id
from sansio_tl.tl.objects import TLObject

MIN_LIFE = 1.0
USUAL_LIFE = 30.0
MAX_LIFE = 60.0
"""A code is shown at least and at most so long, in seconds, and `USUAL_LIFE` if its expiry is always in the past."""
MAX_PAUSE = 60.0

AWAITING_SCAN = AwaitInput("awaiting scan", "The QR code must be shown and scanned.")
EXPORTING = Request("exporting a code", "auth.exportLoginToken", STOPPED)
IMPORTING = Request("importing the login", "auth.importLoginToken", STOPPED)

RENEW = UserInput("renew the code")
UPDATE_RECEIVED = UserInput("updateLoginToken")

CODE_READY = Result("auth.loginToken")
MIGRATED = Result("auth.loginTokenMigrateTo")
STALE_CODE = RpcFailure(
    "AUTH_TOKEN_EXPIRED / _INVALID / _EXCEPTION",
    ("AUTH_TOKEN_EXPIRED", "AUTH_TOKEN_INVALID", "AUTH_TOKEN_EXCEPTION"),
)
ACCEPTED_ALREADY = rpc_failure("AUTH_TOKEN_ALREADY_ACCEPTED")

TABLE = table(
    login_rows((EXPORTING, IMPORTING), STOPPED, EXPORTING),
    {
        (AWAITING_SCAN, RENEW): EXPORTING,
        (AWAITING_SCAN, UPDATE_RECEIVED): EXPORTING,
        (EXPORTING, CODE_READY): AWAITING_SCAN,
        (EXPORTING, MIGRATED): IMPORTING,
        (EXPORTING, SIGN_UP_REQUIRED): FAILED,
        (EXPORTING, ACCEPTED_ALREADY): STOPPED,
        (EXPORTING, STALE_CODE): EXPORTING,
        (IMPORTING, CODE_READY): AWAITING_SCAN,
        (IMPORTING, MIGRATED): IMPORTING,
        (IMPORTING, SIGN_UP_REQUIRED): FAILED,
        (IMPORTING, ACCEPTED_ALREADY): STOPPED,
        (IMPORTING, STALE_CODE): EXPORTING,
    },
)


class QrFlowData(LoginFlowData, kw_only=True):
    """The code that is shown, and its data center."""

    except_ids: list[int]
    token: bytes = b""
    expires: Time = 0.0
    pause: Time = 0.0


PROMPTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {**STOPPED_PROMPTS, AWAITING_SCAN: lambda data: ScanPrompt(qr_link(data.token), data.expires)}
)
REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        **PASSWORD_REQUESTS,
        EXPORTING: lambda data, _: auth.ExportLoginToken(
            api_id=data.api_id, api_hash=data.api_hash, except_ids=data.except_ids
        ),
        IMPORTING: lambda data, _: auth.ImportLoginToken(token=data.token),
    }
)


class QrLogin(BaseLogin):
    """Log in on a new device: it shows QR codes until one is scanned."""

    KIND = "QR"
    TABLE = TABLE
    DATA = QrFlowData
    PROMPTS = PROMPTS
    REQUESTS = REQUESTS

    _data: QrFlowData  # pyright: ignore[reportIncompatibleVariableOverride]  made by FACTS, and kept

    def __init__(self, *, api_id: int, api_hash: str, except_ids: Sequence[int] = ()) -> None:
        """`except_ids`: accounts that are already logged in on this device and shall not be offered."""
        ids = [whole(user_id, "the id of an account", 64) for user_id in except_ids]
        super().__init__(QrFlowData(api_id=api_id, api_hash=api_hash, except_ids=ids), EXPORTING)

    def renew(self) -> None:
        """Show another code at once."""
        self._apply_input(RENEW)

    def next_deadline(self) -> float | None:
        """When the current code expires, or the pause after an error ends."""
        if self.state == AWAITING_SCAN:
            return self._data.expires
        return self._data.retry_at if self.state == STOPPED else None

    def handle_deadline(self, *, now: float) -> None:
        """Renew the code, or retry."""
        deadline = self.next_deadline()
        if deadline is None or now < deadline:
            return
        if self.state == AWAITING_SCAN:
            self.renew()
        else:
            self.begin()

    def receive_update(self, update: TLObject, *, now: float) -> bool:
        """updateLoginToken: the code was scanned."""
        del now
        updated = any(isinstance(each, types.UpdateLoginToken) for each in updates_in(update))
        if updated and self.state == AWAITING_SCAN:
            self._apply_input(UPDATE_RECEIVED)
            return True
        return False

    def receive_error(self, error: RpcError | RemoteProtocolError, *, now: float) -> None:
        """As for every flow, followed by a pause of 1, 2, 4 ... 60 seconds, or of the time in FLOOD_WAIT."""
        super().receive_error(error, now=now)
        if self.state == STOPPED:
            data = self._data
            data.pause = min(max(2 * data.pause, 1.0), MAX_PAUSE)
            data.retry_at = now + max(data.pause, getattr(error, "seconds", 0.0))

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        match result:
            case types.auth.LoginToken():
                self._data.token = result.token
                self._data.expires = now + self._life(result.expires - now)
                return CODE_READY
            case types.auth.LoginTokenMigrateTo():
                if not is_dc_id(result.dc_id):
                    raise RemoteProtocolError("AU3", f"invalid data center of a QR code: {result.dc_id}")
                if result.dc_id == self._dc:
                    raise RemoteProtocolError(
                        "AU2",
                        f"the answer redirects to data center {self._dc}, to which the request was addressed: "
                        "either it was not "
                        "sent to `Invoke.dc`, or that data center redirects to itself",
                    )
                self._data.token, self._dc = result.token, result.dc_id
                return MIGRATED
            case types.auth.LoginTokenSuccess():
                return self._classify_login(state, result.authorization)
        return self._classify_login(state, result)

    def _life(self, seconds: float) -> float:
        """For how long a code is shown that is valid for so many seconds, by the clocks of the server and ours."""
        data = self._data
        if seconds > 0:
            data.pause = 0.0
            return min(max(seconds, MIN_LIFE), MAX_LIFE)
        data.pause = min(max(2 * data.pause, MIN_LIFE), USUAL_LIFE)
        return data.pause


def qr_link(token: bytes) -> str:
    """The link in the QR code."""
    return f"tg://login?token={urlsafe_b64encode(token).decode().rstrip('=')}"


def token_of_link(link: str) -> bytes:
    """The token in a QR code. Raises LocalProtocolError for another link."""
    found = re.fullmatch(r"tg://login\?token=([A-Za-z0-9_-]+)=*", text(link, "the link"))
    if found is None or len(found[1]) % 4 == 1:
        raise LocalProtocolError("invalid QR code: expected tg://login?token=...")
    return urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4))


# --- the other side -----------------------------------------------------------------------------------------------

AWAITING_QR_CODE = AwaitInput("awaiting QR code", "The QR code of the new device must be scanned.")
ACCEPTING = Request("accepting the new device", "auth.acceptLoginToken", AWAITING_QR_CODE, frozenset({"token"}))

SCAN = UserInput("scan a QR code")
ACCEPTED = Result("authorization")

SCAN_TABLE = table(
    {
        (AWAITING_QR_CODE, SCAN): ACCEPTING,
        (ACCEPTING, ACCEPTED): DONE,
    },
    back_home((ACCEPTING,), STALE_CODE),
    back_home((ACCEPTING,), ACCEPTED_ALREADY),
    back_home((ACCEPTING,), WAIT),
    {(ACCEPTING, KEY_UNREGISTERED): FAILED},
)


SCAN_PROMPTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType({AWAITING_QR_CODE: lambda _: QrLinkPrompt()})
SCAN_REQUESTS: Mapping[State, Build] = MappingProxyType(
    {ACCEPTING: lambda _, secrets: auth.AcceptLoginToken(token=secrets["token"])}
)


class QrAccept(Flow[types.Authorization]):
    """Scan a QR code on a device that is logged in, and log the new one in. The result describes the new session."""

    KIND = "QR scanner"
    TABLE = SCAN_TABLE
    DATA = FlowData
    RESULT = (types.Authorization,)
    PROMPTS = SCAN_PROMPTS
    REQUESTS = SCAN_REQUESTS

    def __init__(self, link: str) -> None:
        """Raises LocalProtocolError for a QR code of another kind."""
        super().__init__(FlowData(), AWAITING_QR_CODE)
        self.scan(link)

    def scan(self, link: str) -> None:
        """Accept this code; after an error, one that was shown later."""
        self._apply_input(SCAN, token=token_of_link(link))

    def _classify_result(self, state: Request, result: Any, now: float) -> Input:
        del state, now
        self._finish(result)
        return ACCEPTED if isinstance(result, types.Authorization) else Result(type(result).__name__)
