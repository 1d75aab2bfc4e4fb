# The compiled codec: `_walker.c`.

from collections.abc import Callable
from typing import Any, TypeVar, overload

from sansio_tl.limits import Limits
from sansio_tl.tl.objects import Function, TLObject

_R = TypeVar("_R")
MAX_LEVEL: int

class Walker:
    def __init__(
        self, pure: object, builder: object, unpack: Callable[[bytes, Limits], tuple[bytes, int]], limits: Limits
    ) -> None: ...
    @property
    def declined(self) -> int: ...
    def encode(self, value: TLObject) -> bytes: ...
    def decode(self, data: bytes | bytearray | memoryview, limits: Limits = ...) -> TLObject: ...
    def encode_result(self, function: Function[Any] | type[Function[Any]], value: object) -> bytes: ...
    @overload
    def decode_result(
        self, function: Function[_R], data: bytes | bytearray | memoryview, limits: Limits = ..., *, start: int = 0
    ) -> _R: ...
    @overload
    def decode_result(
        self,
        function: type[Function[_R]],
        data: bytes | bytearray | memoryview,
        limits: Limits = ...,
        *,
        start: int = 0,
    ) -> _R: ...
    def add_constructor(
        self,
        cls: type,
        number: int,
        type_number: int,
        nested: bool,
        words: int,
        fields: tuple[tuple[str | None, int, int, object], ...],
        /,
    ) -> int: ...
    def add_type(self, spec: object, /) -> int: ...
    def set_result(self, cls: type, index: int, /) -> None: ...
