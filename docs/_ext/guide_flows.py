"""The parts of the flows that the guides draw, and which guide describes which method.

A part is a flow for one purpose, or the inputs of some of its states: the password of a login has another guide than
its code. A test checks that every flow belongs to a guide.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

import flow_drawing
import flow_requests
from sansio_tl import auth
from sansio_tl.auth import code_purpose
from sansio_tl.auth.flow import Flow
from sansio_tl.auth.phone_code import table as phone_code_table
from sansio_tl.auth.state_table import Request, Running, State, Table, UserInput


@dataclass(frozen=True, slots=True)
class Part:
    """The content of one drawing."""

    flow: type[Flow[Any]]
    sources: tuple[str, ...] = ()
    """The states whose inputs are drawn; empty for all states of the flow."""
    purposes: tuple[type[code_purpose.CodePurpose], ...] = ()
    """The purposes of a phone code."""

    @property
    def table(self) -> Table:
        """The rows for the purposes."""
        if not self.purposes:
            return self.flow.TABLE
        logs_in = all(purpose.LOGS_IN for purpose in self.purposes)
        without = phone_code_table.ACCOUNT_ONLY if logs_in else phone_code_table.LOGIN_ONLY
        rows = {row: target for row, target in self.flow.TABLE.items() if row[1] not in without}
        reached = _reached(rows, phone_code_table.SENDING_CODE)
        return MappingProxyType({row: target for row, target in rows.items() if row[0] in reached})

    @property
    def states(self) -> list[State] | None:
        """`sources`, as states of the table."""
        found = [state for state in flow_drawing.waiting_states(self.table) if state.value in self.sources]
        if len(found) != len(self.sources):
            raise ValueError(f"not all of {self.sources} are states of {self.flow.__name__} that wait for input")
        return found or None

    @property
    def methods(self) -> frozenset[str]:
        """The methods that these inputs can lead to."""
        return _methods(self)

    def draw(self) -> str:
        """SVG."""
        return flow_drawing.draw(self.table, f"the flow {self.flow.KIND}", self.states)

    @property
    def passed(self) -> set[State]:
        """The states in which these inputs begin, and those they lead through until the next input."""
        table, sources = self.table, self.states
        if sources is None:
            return {state for state, _ in table}
        begins = {target for (_, given), target in table.items() if isinstance(given, UserInput)}
        pending = [
            target
            for (state, given), target in table.items()
            if isinstance(given, UserInput) and state in sources and isinstance(target, Running)
        ]
        seen: set[State] = set()
        while pending:
            busy = pending.pop()
            if busy not in seen:
                seen.add(busy)
                targets = [target for (state, _), target in table.items() if state == busy]
                pending += [target for target in targets if isinstance(target, Running) and target not in begins]
        return seen | set(sources)


@cache
def _methods(part: Part) -> frozenset[str]:
    if not part.sources and not part.purposes:
        return flow_requests.methods_of(part.flow)
    begins = not part.sources or phone_code_table.START.value in part.sources
    asking = (part.flow.REQUESTS[state] for state in part.passed if isinstance(state, Request))
    return flow_requests.named_in([*asking, *(part.purposes if begins else ())])


def _reached(rows: Table, start: State) -> set[State]:
    pending, seen = [start], {start}
    while pending:
        state = pending.pop()
        for (source, _), target in rows.items():
            if source == state and target not in seen:
                seen.add(target)
                pending.append(target)
    return seen


@dataclass(frozen=True, slots=True)
class Guide:
    """One page of docs/guides."""

    page: str
    title: str
    parts: dict[str, Part]

    def covers(self, flow: str, method: str) -> bool:
        """Whether it describes this method of this flow."""
        return any(part.flow.__name__ == flow and method in part.methods for part in self.parts.values())


def _log_in(*sources: str) -> Part:
    return Part(auth.PhoneCodeFlow, sources, (code_purpose.PhoneLogin,))


_ACCOUNT = (code_purpose.ChangePhone, code_purpose.VerifyPhone, code_purpose.ConfirmPhone)

GUIDES = (
    Guide("code", "Log in by code", {"code": _log_in("start", "awaiting code", "awaiting payment")}),
    Guide("two-step", "Enter the 2FA password", {"two-step": _log_in("awaiting password", "awaiting recovery code")}),
    Guide("sign-up", "Sign up", {"sign-up": _log_in("awaiting sign-up")}),
    Guide(
        "email",
        "E-mail codes",
        {
            "login-email": _log_in("awaiting e-mail", "awaiting e-mail code", "awaiting e-mail set-up code"),
            "email": Part(auth.VerifyEmail),
        },
    ),
    Guide("qr", "Log in by QR code", {"qr": Part(auth.QrLogin), "qr-scanner": Part(auth.QrAccept)}),
    Guide("bot", "Bots", {"bot": Part(auth.BotLogin)}),
    Guide(
        "passkey",
        "Passkeys",
        {"passkey": Part(auth.PasskeyLogin), "passkey-registration": Part(auth.PasskeyRegistration)},
    ),
    Guide("phone", "Change or verify a phone number", {"phone": Part(auth.PhoneCodeFlow, (), _ACCOUNT)}),
    Guide(
        "password", "Set the 2FA password", {"password": Part(auth.PasswordSettings), "reset": Part(auth.ResetPassword)}
    ),
    Guide("sessions", "Sessions", {"sessions": Part(auth.Sessions)}),
    Guide("log-out", "Log out", {"log-out": Part(auth.LogOut)}),
    Guide("account", "Delete an account", {"ttl": Part(auth.AccountTtl), "delete": Part(auth.DeleteAccount)}),
    Guide(
        "other",
        "Other logins",
        {
            "web-token": Part(auth.WebTokenLogin),
            "firebase-pnv": Part(auth.FirebasePnvLogin),
            "transfer": Part(auth.Transfer),
        },
    ),
)
PARTS = {name: part for guide in GUIDES for name, part in guide.parts.items()}
