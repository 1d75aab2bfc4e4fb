"""Transfer of the authorization to another data center, for files and statistics that are stored there.

    here   auth.exportAuthorization(dc) -> auth.exportedAuthorization(id, bytes)
    there  auth.importAuthorization(id, bytes) -> auth.authorization

Required once for each auth key there. The bytes expire soon; after any error of the other data center they are exported
again. Protocol: api/datacenter#authorization.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType, NoneType
from typing import Any

from sansio_tl import types
from sansio_tl.auth.flow import DONE, FAILED, Build, Flow, FlowData
from sansio_tl.auth.login_base import BEGIN, STOPPED, retry_time
from sansio_tl.auth.password import AUTHORIZED, KEY_UNREGISTERED, WAIT
from sansio_tl.auth.prompts import Prompt, RetryPrompt
from sansio_tl.auth.snapshot import Time
from sansio_tl.auth.state_table import Input, Request, Result, RpcFailure, State, back_home, rpc_failure, table
from sansio_tl.auth.user_input import dc_id
from sansio_tl.errors import RpcError
from sansio_tl.functions import auth

EXPORTING = Request("exporting", "auth.exportAuthorization", STOPPED)
IMPORTING = Request("importing", "auth.importAuthorization", STOPPED, frozenset({"exported"}))

EXPORTED = Result("auth.exportedAuthorization")
SAME_PLACE = rpc_failure("DC_ID_INVALID")
BYTES_INVALID = RpcFailure("AUTH_BYTES_INVALID / USER_ID_INVALID", ("AUTH_BYTES_INVALID", "USER_ID_INVALID"))

TABLE = table(
    {
        (STOPPED, BEGIN): EXPORTING,
        (EXPORTING, EXPORTED): IMPORTING,
        (EXPORTING, SAME_PLACE): DONE,
        (EXPORTING, KEY_UNREGISTERED): FAILED,
        (IMPORTING, AUTHORIZED): DONE,
        (IMPORTING, BYTES_INVALID): EXPORTING,
        (IMPORTING, KEY_UNREGISTERED): EXPORTING,
    },
    back_home((EXPORTING, IMPORTING), WAIT),
)


class TransferFlowData(FlowData):
    """The target data center."""

    dc: int
    retry_at: Time | None = None


PROMPTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType({STOPPED: lambda data: RetryPrompt(data.retry_at)})
REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        EXPORTING: lambda data, _: auth.ExportAuthorization(dc_id=data.dc),
        IMPORTING: lambda _, secrets: auth.ImportAuthorization(
            id=secrets["exported"].id, bytes=secrets["exported"].bytes
        ),
    }
)


class Transfer(Flow[types.auth.Authorization | None]):
    """Take the login to another data center: export it here, import it there.

    `Transfer(dc)`. The result is None if that is the account's home data center: there is nothing to import.
    """

    KIND = "transfer"
    TABLE = TABLE
    DATA = TransferFlowData
    RESULT = (types.auth.Authorization, NoneType)
    PROMPTS = PROMPTS
    REQUESTS = REQUESTS

    _data: TransferFlowData

    def __init__(self, dc: int) -> None:
        """The first action exports the authorization."""
        super().__init__(TransferFlowData(dc_id(dc)), EXPORTING)

    def begin(self) -> None:
        """After an error: export again."""
        self._apply_input(BEGIN)
        self._data.retry_at = None

    def _target(self) -> int | None:
        """The second request goes to the other data center, the first to the home data center."""
        return self._data.dc if self.state == IMPORTING else self._dc

    def _moves_account(self) -> bool:
        return self.state != IMPORTING and self._dc is not None

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        del state, now
        match result:
            case types.auth.ExportedAuthorization():
                self._secrets["exported"] = result
                return EXPORTED
            case types.auth.Authorization():
                self._finish(result)
                return AUTHORIZED
        return Result(type(result).__name__)

    def _on_rpc_error(self, state: Request, given: RpcFailure, error: RpcError, now: float) -> None:
        del state
        if given == WAIT:
            self._data.retry_at = retry_time(error, now)
