"""Errors on demand: tests, or users of a client, choose the error of a request.

A test calls `data_center.fail_next("auth.signIn", errors.PhoneCodeExpired())`, or sets a result that no sandbox number
produces with `data_center.answer_next("auth.sendCode", types.auth.SentCode(...))`. A user, or a client in another
process, types it: any text in a request that begins with the word `error` - a code, a first name, an address, a token,
a reason, an api_hash - names the error of the answer.

    error PHONE_CODE_EXPIRED        with the usual code of the error
    error 406 PHONE_NUMBER_INVALID
    error FLOOD_WAIT_30
"""

from __future__ import annotations

import re
from collections import deque
from typing import Any, cast

from sansio_tl import codec, errors
from sansio_tl.errors import LocalProtocolError, RpcError
from sansio_tl.tl.objects import Function, TLObject

_TYPED = re.compile(r"error (?:(-?\d{3}) )?(\S+)")
_DEFAULT_CODE = 400
EVERY_METHOD = "*"


class ScriptedReplies:
    """Errors and results that were set for future requests."""

    def __init__(self) -> None:
        self._next: dict[str, deque[object]] = {}

    def fail(self, method: str | type[Function[Any]], error: RpcError, times: int = 1) -> None:
        """Answer the next `times` requests of a method (``"*"``: of any) with an error, after those that were set
        before.

        Raises LocalProtocolError if the method is unknown or the error is no RpcError.
        """
        if not isinstance(error, RpcError):
            raise LocalProtocolError(f"invalid error: found {error!r:.100}, expected an RpcError")
        self._order(method, error, times)

    def answer(self, method: str | type[Function[Any]], result: object, times: int = 1) -> None:
        """Answer the next `times` requests of a method (``"*"``: of any) with a result, after those that were set
        before.

        Raises LocalProtocolError if the method is unknown, and EncodeError for a value that is not of its result type.
        For ``"*"`` the request decides: one with another result type ends the connection.
        """
        if result is None or isinstance(result, RpcError):
            raise LocalProtocolError(f"invalid result: found {result!r:.100}; use fail_next for an error")
        if (function := _function(method)) is not None:
            codec.encode_result(function, result)
        self._order(method, result, times)

    def _order(self, method: str | type[Function[Any]], reply: object, times: int) -> None:
        function = _function(method)
        name = EVERY_METHOD if function is None else function.NAME
        self._next.setdefault(name, deque()).extend([reply] * times)

    def pop(self, query: Function[Any]) -> object | None:
        """The RpcError or result that was set for this request; None for none."""
        for name in (query.NAME, EVERY_METHOD):
            if ordered := self._next.get(name):
                return ordered.popleft()
        return _typed(query)


def _function(method: str | type[Function[Any]]) -> type[Function[Any]] | None:
    """The method with this name; None for every method. Raises LocalProtocolError if there is none."""
    if isinstance(method, type) and issubclass(method, Function):
        return method
    if method == EVERY_METHOD:
        return None
    entry = codec.coder.registry.function(method) if isinstance(method, str) else None
    if entry is None:
        raise LocalProtocolError(f"unknown method {method!r}: expected a name such as auth.sendCode")
    return cast("type[Function[Any]]", entry.cls)


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
