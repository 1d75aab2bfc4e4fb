"""`login` of the adapters: which flow to run, and which callback answers each prompt.

A callback gets the prompt of the flow (`sansio_tl.auth.CodePrompt` and so on: how the code was sent, its length, the
number of wrong tries) and returns the user's input. In the async adapters it may be async.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, TypeVar

from sansio_tl import auth, types
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl_transports import LoginInterrupted

MAX_WRONG = 5
"""Maximum wrong inputs of the callbacks in one login: a callback may be a program that retries for ever, and the flow
itself has no such limit."""

MAX_RESTARTS = 3
"""Maximum restarts of one login by the server (AUTH_RESTART)."""

T = TypeVar("T")

Ask: TypeAlias = Callable[[Any], T | Awaitable[T]]
"""Gets the prompt, returns the input."""
LoginFlow: TypeAlias = auth.Flow[types.auth.Authorization]


_ARGUMENTS: dict[type[auth.Prompt], str] = {
    auth.CodePrompt: "code",
    auth.PasswordPrompt: "password",
    auth.SignUpPrompt: "sign_up",
    auth.EmailPrompt: "email",
    auth.EmailCodePrompt: "email_code",
    auth.ScanPrompt: "show_qr",
}
"""Prompt -> the argument of `login` and field of `PromptAnswers` that answers it."""

_NEEDS = {
    "code": "a code",
    "password": "the password of two-step verification",
    "sign_up": "a name to sign up",
    "email": "an e-mail address",
    "email_code": "the code that was mailed",
    "show_qr": "a QR code to be shown",
}
"""Argument of `login` -> what it gives."""

_RETURNS = {"sign_up": "returns the first and the last name", "show_qr": "shows the QR code of prompt.link"}
"""Argument of `login` -> what its function does, if that is not to return what the user has entered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptAnswers:
    """The callbacks that answer prompts; None for prompts that cannot be answered."""

    code: Ask[str] | None = None
    password: str | Ask[str] | None = field(default=None, repr=False)
    sign_up: Ask[tuple[str, str]] | None = None
    email: Ask[str] | None = None
    email_code: Ask[str] | None = None
    show_qr: Ask[object] | None = None

    def __post_init__(self) -> None:
        """Raises TypeError for a value that is not callable; a password may be a text."""
        for name in _ARGUMENTS.values():
            given = getattr(self, name)
            if not (given is None or callable(given) or (name == "password" and isinstance(given, str))):
                does = _RETURNS.get(name, "returns the input")
                raise TypeError(
                    f"{name} must be a function that takes the prompt and {does}, not {type(given).__name__}"
                )


def begin(
    *,
    phone_number: str | None,
    bot_token: str | None,
    qr: bool,
    api_id: int,
    api_hash: str,
    logout_tokens: tuple[bytes, ...] = (),
) -> LoginFlow:
    """The flow for these arguments. Raises LocalProtocolError unless they select exactly one."""
    if (phone_number is not None) + (bot_token is not None) + qr != 1:
        raise LocalProtocolError("login requires exactly one of phone_number, bot_token and show_qr")
    if bot_token is not None:
        return auth.BotLogin(bot_token, api_id=api_id, api_hash=api_hash)
    if phone_number is not None:
        options = auth.CodeOptions(logout_tokens=logout_tokens)
        return auth.log_in(phone_number, api_id=api_id, api_hash=api_hash, options=options)
    return auth.QrLogin(api_id=api_id, api_hash=api_hash)


class LoginAccount(Protocol):
    """The client that logs in."""

    @property
    def api_id(self) -> int: ...
    @property
    def logout_tokens(self) -> tuple[bytes, ...]: ...


class Conversation:
    """One login: finds the callback for each prompt, and passes its input to the flow."""

    def __init__(self, flow: LoginFlow, answers: PromptAnswers) -> None:
        self.flow: Any = flow
        self._answers = answers
        self._asked: tuple[type[Any], int] | None = None
        self._answered: set[type[Any]] = set()
        self._wrong = 0
        self._restarts = 0

    @classmethod
    def start(
        cls,
        account: LoginAccount,
        *,
        phone_number: str | None,
        bot_token: str | None,
        api_hash: str,
        answers: PromptAnswers,
    ) -> Conversation:
        """A login with a phone number, the token of a bot, or a QR code. Raises LocalProtocolError."""
        by_qr = answers.show_qr is not None and phone_number is None and bot_token is None
        flow = begin(
            phone_number=phone_number,
            bot_token=bot_token,
            qr=by_qr,
            api_id=account.api_id,
            api_hash=api_hash,
            logout_tokens=account.logout_tokens,
        )
        return cls(flow, answers)

    def question(self) -> tuple[Ask[Any], auth.Prompt]:
        """The callback to call, and the prompt.

        Raises LoginInterrupted when there is no callback. Raises the RPC error unless asking again is useful: when the
        prompt is the same with one more wrong try, `MAX_WRONG` times at most. Raises RemoteProtocolError for too many
        restarts.
        """
        flow, prompt = self.flow, self.flow.prompt
        tries: int = getattr(prompt, "tries", 0)
        if flow.error is not None and not self._again(prompt, tries):
            raise flow.error
        self._count(prompt)
        self._asked = (type(prompt), tries)
        ask = self._answerer(prompt)
        if ask is None:
            raise LoginInterrupted(_unanswered(prompt), flow)
        return ask, prompt

    def _count(self, prompt: auth.Prompt) -> None:
        """Raise the error of one wrong input too many, or RemoteProtocolError for one restart too many."""
        if self.flow.error is not None:
            self._wrong += 1
            if self._wrong >= MAX_WRONG:
                raise self.flow.error
        elif type(prompt) in self._answered and not isinstance(
            prompt, auth.ScanPrompt
        ):  # a QR code expires and is renewed
            self._restarts += 1
            if self._restarts > MAX_RESTARTS:
                raise RemoteProtocolError("AU2", f"the server has restarted the login more than {MAX_RESTARTS} times")
        self._answered.add(type(prompt))

    def _again(self, prompt: auth.Prompt | None, tries: int) -> bool:
        """Whether the last input was wrong and another one may be right; a fixed password stays wrong."""
        if isinstance(prompt, auth.PasswordPrompt) and isinstance(self._answers.password, str):
            return False
        return self._asked is not None and self._asked[0] is type(prompt) and tries > self._asked[1]

    def _answerer(self, prompt: auth.Prompt) -> Ask[Any] | None:
        name = _ARGUMENTS.get(type(prompt))
        given = None if name is None else getattr(self._answers, name)
        return (lambda _: given) if isinstance(given, str) else given

    def answer(self, prompt: auth.Prompt, given: Any) -> None:
        """Pass the input to the flow. Raises LocalProtocolError for an invalid one."""
        match prompt:
            case auth.CodePrompt():
                self.flow.enter_code(given)
            case auth.PasswordPrompt():
                self.flow.enter_password(given, entropy=os.urandom)
            case auth.SignUpPrompt():
                self.flow.sign_up(*given)
            case auth.EmailPrompt():
                self.flow.enter_email(given)
            case auth.EmailCodePrompt():
                self.flow.enter_email_code(given)

    def end(self) -> types.TypeUser:
        """The logged-in user. Raises the error of a failed flow, and RemoteProtocolError for userEmpty."""
        if self.flow.state == auth.FAILED:
            raise self.flow.error or LoginInterrupted("the login has failed", self.flow)
        authorization: types.auth.Authorization = self.flow.result
        if isinstance(authorization.user, types.UserEmpty):
            raise RemoteProtocolError("AU1", "the server reports a login without a user: userEmpty")
        return authorization.user


def _unanswered(prompt: auth.Prompt) -> str:
    name, argument = type(prompt).__name__, _ARGUMENTS.get(type(prompt))
    if argument is None:
        return f"login needs {name}, which no argument of login answers: continue the flow of this exception"
    return f"login needs {_NEEDS[argument]} ({name}): pass {argument}=..., or continue the flow of this exception"
