"""The errors of requests: `rpc_error` with a code and a text.

The code is the kind of the error, the text its name, with values in it: ``420 FLOOD_WAIT_30``. The same text may come
with different codes (PHONE_NUMBER_INVALID as 400 and as 406), so there is one class for the *name*, another for the
*code*, and a raised error is an instance of both:

    except errors.PhoneNumberInvalid as error: ...   # whatever the code
    except errors.NotAcceptable as error: ...        # whatever the name

A class that is both is created when it is first needed; `PhoneNumberInvalid(code=406)` gives an instance of it.

Protocol: mtproto/service_messages#rpc-error, api/errors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Self, TypeVar, cast

from sansio_tl.errors.fallback_sentences import plain_sentence
from sansio_tl.errors.protocol import LocalProtocolError

_MAX_SHOWN = 200
"""Maximum length of a server's text in `str`; the known ones have at most 60 characters."""


class RpcError(Exception):
    """The server answered a request with an error. Base of every class here; raised itself for an unknown code.

    `text` is the text from the server, `code` its number (negative ones occur), `request` the name of the method (for
    example ``"auth.sendCode"``) or None if it is not known.
    """

    name: str = ""
    """The text with an X in place of each value: ``"FLOOD_WAIT_X"``."""
    codes: ClassVar[tuple[int, ...]] = ()
    """The known codes, the usual one first."""
    values: ClassVar[Mapping[str, type]] = MappingProxyType({})
    """The values in the text: attribute -> its type."""
    authorization_lost: ClassVar[bool] = False
    """Whether it means that the auth key is no longer logged in (if it comes from the account's home data center)."""
    hint: str = "Nothing is known about this code: show the text, and do not send the request again unchanged."
    """What the user or the program can do next."""

    code: int
    text: str
    request: str | None

    def __new__(cls, *args: object, code: int | None = None, **kwargs: object) -> Self:  # noqa: D102
        del args, kwargs  # __init__ takes them; this method decides the class only
        return super().__new__(_with_code(cls, cls._usual_code() if code is None else code))

    def __init__(self, text: str, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.code = self._usual_code() if code is None else code
        self.request = request
        if not self.name:
            self.name = re.sub(r"(?<=_)[0-9]+(?=_|$)", "X", text)

    @classmethod
    def _usual_code(cls) -> int:
        if not cls.codes:
            raise LocalProtocolError(f"{cls.__name__} needs a code")
        return cls.codes[0]

    @property
    def message(self) -> str:
        """One sentence that describes the error for users. Contains the values of the text, no secrets."""
        sentence = getattr(type(self), "sentence", None)
        if sentence is None:
            is_name = self.name.replace("_", "").isalnum()
            return plain_sentence(self.name) if is_name else "Error of the server."
        filled = str(sentence).format_map({name: getattr(self, name) for name in self.values})
        return re.sub(r"\b1 (second|minute|hour|day)s\b", r"1 \1", filled)

    def __str__(self) -> str:
        """For a traceback or a log: the text (escaped, its first 200 characters), code, method, message and hint.

        `text` is the text alone. One with an explanation of its own, as test servers send, is not explained again.
        """
        where = f"{self.code}" if self.request is None else f"{self.code}, {self.request}"
        if _is_explained(self.text):
            return f"{_one_line(self.text)} ({where})"
        return f"{_one_line(self.text)} ({where}): {_one_line(self.message)} {self.hint}"

    def __repr__(self) -> str:
        shown = [f"{name}={getattr(self, name)!r}" for name in self.values] or [repr(self.text)]
        if self.request is not None:
            shown.append(f"request={self.request!r}")
        return f"{type(self).__name__}({', '.join(shown)}, code={self.code})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (_named_class(type(self)), self.code, self.args), self.__dict__


def _is_explained(text: str) -> bool:
    """Whether a text is a name and an explanation: ``METHOD_INVALID: only logins are implemented here``."""
    name, colon, _ = text.partition(": ")
    return bool(colon and name) and name.replace("_", "").isalnum() and name.isupper()


def _one_line(text: str) -> str:
    """A text from the server without the characters that control a terminal, and no longer than is useful."""
    shown = text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."
    return shown if shown.isascii() and shown.isprintable() else ascii(shown)[1:-1]


class KnownRpcError(RpcError):
    """A known error whose whole text is its name: it carries no value."""

    def __init__(self, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(self.name, code=code, request=request)


class SeeOther(RpcError):
    """303: the request belongs to another data center."""

    codes = (303,)
    hint = "Send the request to the data center that the text names."


class BadRequest(RpcError):
    """400: the content of the request is invalid."""

    codes = (400,)
    hint = "Correct the request; unchanged it fails again."


class Unauthorized(RpcError):
    """401: the auth key is not authorized for this."""

    codes = (401,)
    hint = "Log in; if this key was logged in, delete it first."


class Forbidden(RpcError):
    """403: missing rights or a user's privacy settings."""

    codes = (403,)
    hint = "Obtain the right first; unchanged the request fails again."


class NotFound(RpcError):
    """404: the server does not know the method or the object."""

    codes = (404,)
    hint = "Check the layer and the object; unchanged the request fails again."


class NotAcceptable(RpcError):
    """406: like 400, but the server notifies the user itself, by updateServiceNotification."""

    codes = (406,)
    hint = "Show no message of your own: the server sends one to the user (updateServiceNotification)."


class Flood(RpcError):
    """420: too many attempts."""

    codes = (420,)
    hint = "Wait before the next try."


class InternalServerError(RpcError):
    """500: an internal error of the server."""

    codes = (500,)
    hint = "Send the same request again after a pause of 1, 2, 4 ... seconds."


class ServiceUnavailable(RpcError):
    """503: a timeout of the server. Also sent as -503."""

    codes = (503,)
    hint = "Send the same request again after a pause of 1, 2, 4 ... seconds."


CODE_CLASSES: Mapping[int, type[RpcError]] = MappingProxyType(
    {
        cls.codes[0]: cls
        for cls in (
            SeeOther,
            BadRequest,
            Unauthorized,
            Forbidden,
            NotFound,
            NotAcceptable,
            Flood,
            InternalServerError,
            ServiceUnavailable,
        )
    }
)
"""The code without its sign -> its class."""


def class_of_code(code: int) -> type[RpcError]:
    """The class of a code: 500 and -500 mean the same. `RpcError` itself for an unknown code."""
    return CODE_CLASSES.get(abs(code), RpcError)


_joined: dict[tuple[type[RpcError], type[RpcError]], type[RpcError]] = {}
"""The classes created so far; their number is bounded by names times codes of the catalogue."""

_Error = TypeVar("_Error", bound=RpcError)


def _with_code(cls: type[_Error], code: int) -> type[_Error]:
    """A class that is a subclass of the name's class and the code's class; otherwise looks like the name's class."""
    code_class = class_of_code(code)
    if issubclass(cls, code_class):
        return cls
    if issubclass(code_class, cls):
        # cls is RpcError itself: no name of its own to keep.
        return code_class  # pyright: ignore[reportReturnType]  mypy knows that it is a subclass of cls
    if cls in CODE_CLASSES.values():
        raise LocalProtocolError(f"{cls.__name__} cannot carry the code {code}")
    if (cls, code_class) not in _joined:
        look = {"__module__": cls.__module__, "__doc__": cls.__doc__}
        _joined[cls, code_class] = type(cls.__name__, (cls, code_class), look)
    return cast("type[_Error]", _joined[cls, code_class])


def _named_class(cls: type[RpcError]) -> type[RpcError]:
    """The class of the name, which can be imported; a class made by `_with_code` cannot."""
    return next((named for (named, _), joined in _joined.items() if joined is cls), cls)


def _rebuild(cls: type[RpcError], code: int, args: tuple[object, ...]) -> RpcError:
    """The error that was pickled or copied, without its attributes."""
    error = cls.__new__(cls, code=code)
    error.args = args
    return error
