"""Which codec runs: the compiled one where it is installed, unless SANSIO_TL_PURE=1 is in the environment.

The environment is read here, once, at the first import, and nowhere else in the engine: the choice cannot be an
argument, because the codec of the shipped schema exists once for the process.
"""

from __future__ import annotations

from contextlib import suppress
from os import environ  # noqa: TID251  see above
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from sansio_tl.tl._walker import Walker as WalkerType
    from sansio_tl.tl.pure_codec import PureCodec

Walker: type[WalkerType] | None = None
if environ.get("SANSIO_TL_PURE") != "1":
    with suppress(ImportError):  # not built for this interpreter
        from sansio_tl.tl._walker import Walker

IMPLEMENTATION: Final[Literal["c", "python"]] = "python" if Walker is None else "c"
"""The codec that runs."""


def compiled(pure: PureCodec) -> WalkerType:
    """The compiled codec of a schema. It exists only where `Walker` does."""
    from sansio_tl.tl.compiled_codec import compile_codec

    if Walker is None:
        raise ImportError("the compiled codec is not installed")
    return compile_codec(Walker, pure)
