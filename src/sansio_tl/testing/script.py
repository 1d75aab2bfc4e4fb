"""Errors on demand: what a test, or the person at a client, wants a request to be refused with.

A test says `data_centre.fail_next("auth.signIn", errors.PhoneCodeExpired())`, or orders an answer that no story leads
to with `data_centre.answer_next("auth.sendCode", types.auth.SentCode(...))`. A person, or a client in another process,
types it: any text of a request that begins with the word `error` - a code, a first name, an address, a token, a reason,
an api_hash - names what the request is refused with.

    error PHONE_CODE_EXPIRED        with the code that the error usually has
    error 406 PHONE_NUMBER_INVALID
    error FLOOD_WAIT_30
"""

from __future__ import annotations

import re
from collections import deque
from typing import Any

from sansio_tl import errors
from sansio_tl.errors import RpcError
from sansio_tl.tl.objects import Function, TLObject

_TYPED = re.compile(r"error (?:(-?\d{3}) )?(\S+)")
_DEFAULT_CODE = 400
EVERY_METHOD = "*"


class Script:
    """Refusals and answers that were ordered for requests to come."""

    def __init__(self) -> None:
        self._next: dict[str, deque[object]] = {}

    def order(self, method: str | type[Function[Any]], reply: object, times: int = 1) -> None:
        """Refuse or answer the next `times` requests of a method (``"*"``: of any) with an error or a result.

        What is ordered last comes last.
        """
        name = method if isinstance(method, str) else method.NAME
        self._next.setdefault(name, deque()).extend([reply] * times)

    def reply(self, query: Function[Any]) -> object | None:
        """What was ordered for this request, an RpcError or a result; None for nothing."""
        for name in (query.NAME, EVERY_METHOD):
            if ordered := self._next.get(name):
                return ordered.popleft()
        return _typed(query)


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
