"""Errors on demand: what a test, or the person at a client, wants a request to be refused with.

A test says `data_center.fail_next("auth.signIn", errors.PhoneCodeExpired())`, or orders an answer that no story leads
to with `data_center.answer_next("auth.sendCode", types.auth.SentCode(...))`. A person, or a client in another process,
types it: any text of a request that begins with the word `error` - a code, a first name, an address, a token, a reason,
an api_hash - names what the request is refused with.

    error PHONE_CODE_EXPIRED        with the code that the error usually has
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
    """Refusals and answers that were ordered for requests to come."""

    def __init__(self) -> None:
        self._next: dict[str, deque[object]] = {}

    def fail(self, method: str | type[Function[Any]], error: RpcError, times: int = 1) -> None:
        """Refuse the next `times` requests of a method (``"*"``: of any) with an error, after what was ordered before.

        Raises LocalProtocolError when there is no such method, and for what is no RpcError.
        """
        if not isinstance(error, RpcError):
            raise LocalProtocolError(f"a request is refused with an RpcError, not with {error!r:.100}")
        self._order(method, error, times)

    def answer(self, method: str | type[Function[Any]], result: object, times: int = 1) -> None:
        """Answer the next `times` requests of a method (``"*"``: of any) with a result, after what was ordered before.

        Raises LocalProtocolError when there is no such method, and EncodeError for a value that is not of its result
        type. For ``"*"`` that turns out with the request: one whose result type is another ends the connection.
        """
        if result is None or isinstance(result, RpcError):
            raise LocalProtocolError(f"{result!r:.100} is no result; fail_next refuses a request with an error")
        if (function := _function(method)) is not None:
            codec.encode_result(function, result)
        self._order(method, result, times)

    def _order(self, method: str | type[Function[Any]], reply: object, times: int) -> None:
        function = _function(method)
        name = EVERY_METHOD if function is None else function.NAME
        self._next.setdefault(name, deque()).extend([reply] * times)

    def pop(self, query: Function[Any]) -> object | None:
        """What was ordered for this request, an RpcError or a result; None for nothing."""
        for name in (query.NAME, EVERY_METHOD):
            if ordered := self._next.get(name):
                return ordered.popleft()
        return _typed(query)


def _function(method: str | type[Function[Any]]) -> type[Function[Any]] | None:
    """The method of this name; None for every method. Raises LocalProtocolError when there is none."""
    if isinstance(method, type) and issubclass(method, Function):
        return method
    if method == EVERY_METHOD:
        return None
    entry = codec.coder.registry.function(method) if isinstance(method, str) else None
    if entry is None:
        raise LocalProtocolError(f"there is no method {method!r}; one is called like auth.sendCode")
    return cast("type[Function[Any]]", entry.cls)


def _typed(value: TLObject, depth: int = 3) -> RpcError | None:
    """The error that a text of a request names, in the request itself or in what it carries."""
    for name in type(value).__struct_fields__:
        given = getattr(value, name)
        if isinstance(given, str) and (found := _TYPED.fullmatch(given)) is not None:
            return _error(found[2], found[1])
        if isinstance(given, TLObject) and depth and (error := _typed(given, depth - 1)) is not None:
            return error
    return None


def _error(text: str, code: str | None) -> RpcError:
    """The error of this text; without a code it has the first that it is known for."""
    if code is not None:
        return errors.parse(int(code), text)
    known = type(errors.parse(_DEFAULT_CODE, text)).codes
    return errors.parse(known[0] if known else _DEFAULT_CODE, text)
