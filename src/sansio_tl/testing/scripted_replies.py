"""Answers that a test has set, and errors that a user has typed.

A test sets what a method answers: a result, an error, or a function of the request.

    data_center.answer("messages.sendMessage", types.UpdatesTooLong())         # from now on
    data_center.answer("auth.signIn", "FLOOD_WAIT_3", times=1)                 # once
    data_center.answer("users.getUsers", lambda request: [types.UserEmpty(id=1) for _ in request.id])

A user, or a client in another process, types an error: any text in a request that begins with the word `error` - a
code, a first name, an address, a token, a reason, an api_hash - names the error of the answer.

    error PHONE_CODE_EXPIRED        with the usual code of the error
    error 406 PHONE_NUMBER_INVALID
    error FLOOD_WAIT_30
"""

from __future__ import annotations

import inspect
import re
from collections import deque
from collections.abc import Callable
from copy import copy
from difflib import get_close_matches
from typing import Any, TypeAlias, cast

from sansio_tl import codec, errors
from sansio_tl.errors import LocalProtocolError, RpcError
from sansio_tl.errors.generated.index import SPELLINGS
from sansio_tl.tl.errors import EncodeError
from sansio_tl.tl.model import TypeVariable
from sansio_tl.tl.objects import Function, TLObject

Method: TypeAlias = str | type[Function[Any]]
"""The name of a method, such as ``"auth.signIn"``, or its class; ``"*"`` for every method."""
Reply: TypeAlias = Callable[[Function[Any]], object]
"""Returns the result of a request, or an RpcError, or its text; may raise an RpcError."""

EVERY_METHOD = "*"
_ERROR_TEXT = re.compile(r"(?:(-?\d{3}) )?([A-Z][A-Za-z0-9_]*)")
_TYPED = re.compile(r"error (?:(-?\d{3}) )?(\S+)")
_DEFAULT_CODE = 400


class InvalidAnswerError(LocalProtocolError):
    """What a test has set as the answer to a method is no answer to it."""


class ScriptedReplies:
    """The answers that were set."""

    def __init__(self) -> None:
        self._limited: dict[str, deque[Reply]] = {}
        """By method: answers for so many requests, in their order."""
        self._standing: dict[str, Reply] = {}
        """By method: the answer to all other requests."""

    def answer(self, method: Method, value: object, times: int | None = None) -> None:
        """Answer the next `times` requests of a method, or without `times` all of them, whatever they contain.

        Those with `times` come first, in the order in which they were set; of those without, the last one counts.
        `value` is a result, an RpcError, the text of an error, or a function that takes the request and returns one of
        these. Raises InvalidAnswerError, a LocalProtocolError, for an unknown method or an invalid value.
        """
        function = function_of(method)
        if times is not None and (type(times) is not int or times < 1):
            raise InvalidAnswerError(f"invalid times: found {times!r:.80}, expected a positive number, or None for all")
        if function is not None and _wraps_query(function):
            raise InvalidAnswerError(f"invalid method: {function.NAME} wraps a query; set the answer of that method")
        reply = _reply_of(function, value)
        name = EVERY_METHOD if function is None else function.NAME
        if times is None:
            self._standing[name] = reply
        else:
            self._limited.setdefault(name, deque()).extend([reply] * times)

    def clear(self, method: Method | None = None) -> None:
        """Remove the answers of a method, or of all."""
        if method is None:
            self._limited.clear()
            self._standing.clear()
            return
        function = function_of(method)
        name = EVERY_METHOD if function is None else function.NAME
        self._limited.pop(name, None)
        self._standing.pop(name, None)

    @property
    def unused(self) -> int:
        """How many of the answers with `times` have not been used."""
        return sum(len(replies) for replies in self._limited.values())

    def is_used_up(self, name: str) -> bool:
        """Whether answers with `times` were set for this method and all of them are used."""
        replies = self._limited.get(name)
        return replies is not None and not replies

    def pop(self, query: Function[Any]) -> object | None:
        """The RpcError or result that was set for this request; None for none.

        Raises InvalidAnswerError if the test's function has returned something else, and what that function raises.
        """
        reply = self._next(query.NAME)
        if reply is None:
            return _typed(query)
        try:
            value = reply(query)
        except RpcError as error:
            return error
        found = _checked(type(query), value)
        return copy(found) if isinstance(found, RpcError) else found

    def _next(self, name: str) -> Reply | None:
        for each in (name, EVERY_METHOD):
            if limited := self._limited.get(each):
                return limited.popleft()
        return self._standing.get(name) or self._standing.get(EVERY_METHOD)


def function_of(method: Method) -> type[Function[Any]] | None:
    """The method with this name; None for every method. Raises InvalidAnswerError if there is none."""
    if isinstance(method, type) and issubclass(method, Function):
        return method
    if method == EVERY_METHOD:
        return None
    entry = codec.coder.registry.function(method) if isinstance(method, str) else None
    if entry is None:
        names = [each.combinator.name for each in codec.coder.registry.entries() if each.combinator.is_function]
        close = get_close_matches(method, names, n=1) if isinstance(method, str) else []
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise InvalidAnswerError(f"unknown method {method!r:.100}: expected a name such as 'auth.sendCode'{hint}")
    return cast("type[Function[Any]]", entry.cls)


def _reply_of(function: type[Function[Any]] | None, value: object) -> Reply:
    """The function that gives this answer. Raises InvalidAnswerError for what can never be one."""
    if _is_error_class(value) or not callable(value):
        if function is None and not isinstance(value, str | RpcError) and not _is_error_class(value):
            raise InvalidAnswerError(
                f"invalid answer to every method: found {value!r:.100}, expected an error, or a function of the"
                " request, because methods have different results"
            )
        checked = _checked(function, value)
        return lambda _: checked
    if isinstance(value, type):
        raise InvalidAnswerError(
            f"invalid answer: found the class {value.__name__}, expected an instance: {value.__name__}(...)"
        )
    if inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(getattr(value, "__call__", None)):  # noqa: B004
        raise InvalidAnswerError(
            f"invalid answer: found the async function {_name_of(value)}, expected one without async: it runs in the"
            " data center and returns the answer at once"
        )
    if not _takes_one(value):
        raise InvalidAnswerError(
            f"invalid answer: found the function {_name_of(value)}{inspect.signature(value)}, expected one that can be"
            " called with the request only"
        )
    return value


def _checked(function: type[Function[Any]] | None, value: object) -> object:
    """The result or the RpcError that a value stands for. Raises InvalidAnswerError if it is neither."""
    if _is_error_class(value):
        value = _instance_of(cast("type[RpcError]", value))
    if isinstance(value, RpcError):
        return value
    if isinstance(value, str):
        return error_of(value)
    if function is None:
        return value
    result = function.TL.rpartition("= ")[2].rstrip(";")
    expected = f"a result of type {result}, an RpcError, or the text of an error"
    if inspect.isawaitable(value):
        close = getattr(value, "close", None)
        if close is not None:
            close()
        raise InvalidAnswerError(f"invalid answer to {function.NAME}: found an awaitable, expected {expected}")
    if value is None:
        raise InvalidAnswerError(f"invalid answer to {function.NAME}: found None, expected {expected}")
    try:
        codec.encode_result(function, value)
    except EncodeError as error:
        raise InvalidAnswerError(f"invalid answer to {function.NAME}: {error}; expected {expected}") from error
    return value


def _wraps_query(function: type[Function[Any]]) -> bool:
    entry = codec.coder.registry.function(function.NAME)
    return entry is not None and isinstance(entry.combinator.result, TypeVariable)


def _is_error_class(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, RpcError)


def _instance_of(error: type[RpcError]) -> RpcError:
    try:
        return error()  # type: ignore[call-arg]  # those with values raise
    except (TypeError, LocalProtocolError):
        needed = ", ".join(f"{name}=..." for name in error.values) or "a text"
        raise InvalidAnswerError(
            f"invalid answer: found the class {error.__name__}, expected an instance: {error.__name__}({needed})"
        ) from None


def error_of(text: str) -> RpcError:
    """The error with this text: ``"FLOOD_WAIT_3"``, or with its code, ``"406 PHONE_NUMBER_INVALID"``.

    Raises InvalidAnswerError if it is no documented error, unless a code is given.
    """
    found = _ERROR_TEXT.fullmatch(text)
    if found is None:
        raise InvalidAnswerError(f"invalid error: found {text!r:.100}, expected a text such as 'FLOOD_WAIT_3'")
    error = _error(found[2], found[1])
    if found[1] is None and not type(error).name:
        raise InvalidAnswerError(
            f"unknown error {text!r:.100}: expected the text of an RPC error with its values, such as 'FLOOD_WAIT_3'"
            f"{_similar_error(text)}; give one that is not documented with its code: '400 {text:.80}'"
        )
    return error


def _similar_error(text: str) -> str:
    """The documented error with the most similar text, with the numbers of this text; nothing if there is none."""
    values = re.findall(r"(?<=_)\d+(?=_|$)", text)
    close = get_close_matches(re.sub(r"(?<=_)\d+(?=_|$)", "X", text), SPELLINGS, n=1, cutoff=0.8)
    if not close:
        return ""
    name = close[0]
    for value in values if name.count("X") == len(values) else ():
        name = re.sub(r"(?<=_)X(?=_|$)", value, name, count=1)
    return f"; did you mean {name!r}?"


def _takes_one(value: Callable[..., object]) -> bool:
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):  # of some built-in functions
        return True
    try:
        signature.bind(None)
    except TypeError:
        return False
    return True


def _name_of(value: object) -> str:
    return str(getattr(value, "__name__", type(value).__name__))


def _typed(value: TLObject, depth: int = 3) -> RpcError | None:
    """The error that a text of a request names, in the request itself or in its fields."""
    for name in type(value).__struct_fields__:
        given = getattr(value, name)
        if isinstance(given, str) and (found := _TYPED.fullmatch(given)) is not None:
            return _error(found[2], found[1])
        if isinstance(given, TLObject) and depth and (error := _typed(given, depth - 1)) is not None:
            return error
    return None


def _error(text: str, code: str | None) -> RpcError:
    """The error with this text; without a code it gets the first that is documented for it."""
    if code is not None:
        return errors.parse(int(code), text)
    known = type(errors.parse(_DEFAULT_CODE, text)).codes
    return errors.parse(known[0] if known else _DEFAULT_CODE, text)
