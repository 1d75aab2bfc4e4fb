"""Logging in the pleasant way: which flow to run, and whom to ask for what it wants. Shared by the adapters.

A callback is given what the flow wants (`sansio_tl.auth.CodePrompt` and so on: where the code went, how long it is, how
often it was wrong) and returns the answer. In the async adapters it may be async.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from sansio_tl import auth, types
from sansio_tl.errors import LocalProtocolError

T = TypeVar("T")

Ask: TypeAlias = Callable[[Any], T | Awaitable[T]]
"""Is given what is wanted, returns the answer."""
LoginFlow: TypeAlias = auth.Flow[types.auth.Authorization]


class LoginInterrupted(Exception):
    """The log-in cannot go on by itself; `flow` waits for its `prompt`, and can be moved and run by hand."""

    def __init__(self, text: str, flow: LoginFlow) -> None:
        super().__init__(text)
        self.flow = flow


_ARGUMENTS: dict[type[auth.Prompt], str] = {
    auth.CodePrompt: "code",
    auth.PasswordPrompt: "password",
    auth.SignUpPrompt: "sign_up",
    auth.EmailPrompt: "email",
    auth.EmailCodePrompt: "email_code",
    auth.ScanPrompt: "show_qr",
}
"""What may be wanted -> who is asked for it: an argument of `login`, and a field of `PromptAnswers`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptAnswers:
    """Who answers; what is None cannot be answered."""

    code: Ask[str] | None = None
    password: str | Ask[str] | None = field(default=None, repr=False)
    sign_up: Ask[tuple[str, str]] | None = None
    email: Ask[str] | None = None
    email_code: Ask[str] | None = None
    show_qr: Ask[object] | None = None

    def __post_init__(self) -> None:
        """Raises TypeError for what cannot be called; a password may be a text."""
        for name in _ARGUMENTS.values():
            given = getattr(self, name)
            if not (given is None or callable(given) or (name == "password" and isinstance(given, str))):
                raise TypeError(
                    f"{name} is a function that takes what is wanted and returns the answer, not {type(given).__name__}"
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
    """The flow for what is given. Raises LocalProtocolError unless that is one way to log in."""
    if (phone_number is not None) + (bot_token is not None) + qr != 1:
        raise LocalProtocolError("log in with a phone number, with a bot's token, or with show_qr: one of them")
    if bot_token is not None:
        return auth.BotLogin(bot_token, api_id=api_id, api_hash=api_hash)
    if phone_number is not None:
        options = auth.CodeOptions(logout_tokens=logout_tokens)
        return auth.log_in(phone_number, api_id=api_id, api_hash=api_hash, options=options)
    return auth.QrLogin(api_id=api_id, api_hash=api_hash)


class Conversation:
    """One log-in: says whom to ask, and moves the flow by the answer."""

    def __init__(self, flow: LoginFlow, person: PromptAnswers) -> None:
        self._flow: Any = flow
        self._person = person
        self._asked: tuple[type[Any], int] | None = None

    def question(self) -> tuple[Ask[Any], auth.Prompt]:
        """Whom to ask for what.

        Raises LoginInterrupted when there is nobody to ask, and the server's refusal when asking again is of no
        use: it is when the same thing is wanted with one more wrong try.
        """
        flow, wanted = self._flow, self._flow.prompt
        tries: int = getattr(wanted, "tries", 0)
        if flow.error is not None and not self._again(wanted, tries):
            raise flow.error
        self._asked = (type(wanted), tries)
        ask = self._answerer(wanted)
        if ask is None:
            raise LoginInterrupted(_unanswered(wanted), flow)
        return ask, wanted

    def _again(self, wanted: auth.Prompt | None, tries: int) -> bool:
        """Whether the last answer was wrong, and the next one may be right: a fixed password will not."""
        if isinstance(wanted, auth.PasswordPrompt) and isinstance(self._person.password, str):
            return False
        return self._asked is not None and self._asked[0] is type(wanted) and tries > self._asked[1]

    def _answerer(self, wanted: auth.Prompt) -> Ask[Any] | None:
        name = _ARGUMENTS.get(type(wanted))
        given = None if name is None else getattr(self._person, name)
        return (lambda _: given) if isinstance(given, str) else given

    def answer(self, wanted: auth.Prompt, given: Any) -> None:
        """Move the flow. Raises LocalProtocolError for an answer that is none."""
        match wanted:
            case auth.CodePrompt():
                self._flow.enter_code(given)
            case auth.PasswordPrompt():
                self._flow.enter_password(given, entropy=os.urandom)
            case auth.SignUpPrompt():
                self._flow.sign_up(*given)
            case auth.EmailPrompt():
                self._flow.enter_email(given)
            case auth.EmailCodePrompt():
                self._flow.enter_email_code(given)

    def end(self) -> types.TypeUser:
        """Who is logged in. Raises why nobody is."""
        if self._flow.state == auth.FAILED:
            raise self._flow.error or LoginInterrupted("the log-in has failed", self._flow)
        authorization: types.auth.Authorization = self._flow.result
        return authorization.user


def _unanswered(wanted: auth.Prompt) -> str:
    name, argument = type(wanted).__name__, _ARGUMENTS.get(type(wanted))
    if argument is None:
        return f"the login wants {name}, which no argument of login answers: go on with the flow of this exception"
    return f"the login wants {name}: pass {argument}= to answer it, or go on with the flow of this exception"
