"""What a phone code is for: which method begins, which one takes the code, and what comes of it.

PhoneLogin     auth.sendCode                  auth.signIn             auth.authorization
ChangePhone    account.sendChangePhoneCode    account.changePhone     User
VerifyPhone    account.sendVerifyPhoneCode    account.verifyPhone     true (a phone for Telegram Passport)
ConfirmPhone   account.sendConfirmPhoneCode   account.confirmPhone    true (stops the deletion of an account)
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeAlias
from urllib.parse import parse_qs, urlsplit

import msgspec

from sansio_tl import functions, types
from sansio_tl.auth.user_input import any_text, text
from sansio_tl.errors import LocalProtocolError
from sansio_tl.reprs import rich_repr
from sansio_tl.tl.objects import Function

MAX_LOGOUT_TOKENS = 20
"""auth.sendCode accepts no more; the newest come first."""


class CodeOptions(msgspec.Struct, frozen=True):
    """What the application can do with a code (codeSettings). The defaults suit a program without a phone."""

    allow_flashcall: bool = False
    """The application may read the calling number."""
    current_number: bool = False
    """The number belongs to this device; ignored without `allow_flashcall`."""
    allow_app_hash: bool = False
    """The SMS may carry the hash by which Android passes it to the application."""
    allow_missed_call: bool = False
    allow_firebase: bool = False
    """The application can prove by Firebase that it is an official one."""
    unknown_number: bool = False
    """There is a SIM card, and its number is unknown."""
    logout_tokens: tuple[bytes, ...] = ()
    """Tokens of earlier logouts of this account on this device: with a valid one no code is needed."""
    token: str | None = None
    """iOS: the device's push token for Firebase."""
    app_sandbox: bool | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.logout_tokens, tuple | list):
            raise LocalProtocolError(
                f"invalid logout tokens: found {type(self.logout_tokens).__name__}, expected tuple"
            )
        if self.token is not None:
            any_text(self.token, "the push token")

    def __repr__(self) -> str:
        return "CodeOptions(...)"

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)

    def settings(self) -> types.CodeSettings:
        """The TL object. Only the first 20 logout tokens are sent."""
        tokens = list(self.logout_tokens[:MAX_LOGOUT_TOKENS])
        return types.CodeSettings(
            allow_flashcall=self.allow_flashcall,
            current_number=self.current_number,
            allow_app_hash=self.allow_app_hash,
            allow_missed_call=self.allow_missed_call,
            allow_firebase=self.allow_firebase,
            unknown_number=self.unknown_number,
            logout_tokens=tokens or None,
            token=self.token,
            app_sandbox=bool(self.app_sandbox) if self.token is not None else None,
        )


class CodePurpose(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the four purposes. `phone_number` is in international form; the server ignores signs and spaces."""

    LOGS_IN: ClassVar[bool] = False

    phone_number: str
    options: CodeOptions = CodeOptions()

    def __post_init__(self) -> None:
        text(self.phone_number, "the phone number")
        if not isinstance(self.options, CodeOptions):
            raise LocalProtocolError(f"invalid options: found {type(self.options).__name__}, expected CodeOptions")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)

    def begin(self) -> Function[Any]:
        """The request that sends a code."""
        raise NotImplementedError

    def submit_code(self, phone_code_hash: str, code: str) -> Function[Any]:
        """The request that submits the code."""
        raise NotImplementedError


class PhoneLogin(CodePurpose, frozen=True, kw_only=True, tag="log in"):
    """Get an authorization for this device."""

    LOGS_IN = True

    api_id: int
    api_hash: str

    def __post_init__(self) -> None:
        super().__post_init__()
        any_text(self.api_hash, "api_hash")

    def begin(self) -> Function[Any]:  # noqa: D102 - see CodePurpose
        return functions.auth.SendCode(
            phone_number=self.phone_number,
            api_id=self.api_id,
            api_hash=self.api_hash,
            settings=self.options.settings(),
        )

    def submit_code(self, phone_code_hash: str, code: str) -> Function[Any]:  # noqa: D102
        return functions.auth.SignIn(phone_number=self.phone_number, phone_code_hash=phone_code_hash, phone_code=code)


class ChangePhone(CodePurpose, frozen=True, kw_only=True, tag="change phone"):
    """Change the number of the account. Requires a session older than 24 hours."""

    def begin(self) -> Function[Any]:  # noqa: D102 - see CodePurpose
        return functions.account.SendChangePhoneCode(phone_number=self.phone_number, settings=self.options.settings())

    def submit_code(self, phone_code_hash: str, code: str) -> Function[Any]:  # noqa: D102
        return functions.account.ChangePhone(
            phone_number=self.phone_number, phone_code_hash=phone_code_hash, phone_code=code
        )


class VerifyPhone(CodePurpose, frozen=True, kw_only=True, tag="verify phone"):
    """Prove to Telegram Passport that the number belongs to the user."""

    def begin(self) -> Function[Any]:  # noqa: D102 - see CodePurpose
        return functions.account.SendVerifyPhoneCode(phone_number=self.phone_number, settings=self.options.settings())

    def submit_code(self, phone_code_hash: str, code: str) -> Function[Any]:  # noqa: D102
        return functions.account.VerifyPhone(
            phone_number=self.phone_number, phone_code_hash=phone_code_hash, phone_code=code
        )


class ConfirmPhone(CodePurpose, frozen=True, kw_only=True, tag="confirm phone"):
    """Stop the deletion of the user's account. The number and the hash come in a link; the method takes the hash
    only.
    """

    link_hash: str

    def __post_init__(self) -> None:
        super().__post_init__()
        any_text(self.link_hash, "the hash in the link")

    def begin(self) -> Function[Any]:  # noqa: D102 - see CodePurpose
        return functions.account.SendConfirmPhoneCode(hash=self.link_hash, settings=self.options.settings())

    def submit_code(self, phone_code_hash: str, code: str) -> Function[Any]:  # noqa: D102
        return functions.account.ConfirmPhone(phone_code_hash=phone_code_hash, phone_code=code)

    @classmethod
    def from_link(cls, link: str, options: CodeOptions | None = None) -> ConfirmPhone:
        """From ``tg://confirmphone?phone=...&hash=...`` or ``https://t.me/confirmphone?...``.

        Raises LocalProtocolError for another link.
        """
        try:
            parts = urlsplit(any_text(link, "the link"))
            query = parse_qs(parts.query)
        except ValueError:
            raise LocalProtocolError(
                "invalid link: expected one that confirms a phone number (tg://confirmphone)"
            ) from None
        place = parts.netloc if parts.scheme == "tg" else parts.path.strip("/")
        if (
            place != "confirmphone"
            or parts.scheme not in {"tg", "http", "https"}
            or not {"phone", "hash"} <= query.keys()
        ):
            raise LocalProtocolError("invalid link: expected one that confirms a phone number (tg://confirmphone)")
        return cls(phone_number=query["phone"][0], link_hash=query["hash"][0], options=options or CodeOptions())


AnyCodePurpose: TypeAlias = PhoneLogin | ChangePhone | VerifyPhone | ConfirmPhone
