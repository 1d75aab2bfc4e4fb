"""The exceptions of the package.

- `LocalProtocolError` and `RemoteProtocolError` (both `ProtocolError`): the engine was misused, or the peer violated
  the protocol.
- `TransportError`: the server sent -404, -429, -444 ... instead of a packet.
- `ConnectionLostError`: the connection ended before the answer arrived.
- `RpcError`: the server answered a request with an error. There is one class for each code (`BadRequest`, `Flood` ...)
  and one for each known name (`PhoneNumberInvalid`, `FloodWait` ...), loaded on first use; a raised error is an
  instance of both.

`parse(code, text)` creates the typed error; `errors_of(functions.auth.SendCode)` lists the errors of a method.

The texts and hints of the known errors are in schema/errors.json; `make generate` writes them to `errors.generated`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from sansio_tl.errors.protocol import LocalProtocolError, ProtocolError, RemoteProtocolError
from sansio_tl.errors.rpc import (
    BadRequest,
    Flood,
    Forbidden,
    InternalServerError,
    KnownRpcError,
    NotAcceptable,
    NotFound,
    RpcError,
    SeeOther,
    ServiceUnavailable,
    Unauthorized,
    class_of_code,
)
from sansio_tl.errors.transport import ConnectionLostError, TransportError

if TYPE_CHECKING:
    from sansio_tl.errors.by_method import (
        ANY_METHOD,
        AUTHORIZATION_LOST,
        MAIN_DC_MOVED,
        errors_of,
        is_bot_only,
        is_user_only,
    )
    from sansio_tl.errors.generated.account import *  # noqa: F403
    from sansio_tl.errors.generated.auth import *  # noqa: F403
    from sansio_tl.errors.generated.channels import *  # noqa: F403
    from sansio_tl.errors.generated.contacts import *  # noqa: F403
    from sansio_tl.errors.generated.messages import *  # noqa: F403
    from sansio_tl.errors.generated.others import *  # noqa: F403
    from sansio_tl.errors.generated.phone import *  # noqa: F403
    from sansio_tl.errors.generated.photos import *  # noqa: F403
    from sansio_tl.errors.generated.stickers import *  # noqa: F403
    from sansio_tl.errors.generated.upload import *  # noqa: F403
    from sansio_tl.errors.parsing import class_of_name, parse

__all__ = [
    "ANY_METHOD",
    "AUTHORIZATION_LOST",
    "MAIN_DC_MOVED",
    "BadRequest",
    "ConnectionLostError",
    "Flood",
    "Forbidden",
    "InternalServerError",
    "KnownRpcError",
    "LocalProtocolError",
    "NotAcceptable",
    "NotFound",
    "ProtocolError",
    "RemoteProtocolError",
    "RpcError",
    "SeeOther",
    "ServiceUnavailable",
    "TransportError",
    "Unauthorized",
    "class_of_code",
    "class_of_name",
    "errors_of",
    "is_bot_only",
    "is_user_only",
    "parse",
]

_LAZY = {
    "parse": "parsing",
    "class_of_name": "parsing",
    "errors_of": "by_method",
    "is_user_only": "by_method",
    "is_bot_only": "by_method",
    "ANY_METHOD": "by_method",
    "AUTHORIZATION_LOST": "by_method",
    "MAIN_DC_MOVED": "by_method",
}


if not TYPE_CHECKING:  # a checker must reject names that the catalogue lacks

    def __getattr__(name: str) -> object:
        """Import the catalogue's module of a name on first use."""
        if name in _LAZY:
            value: object = getattr(import_module(f"sansio_tl.errors.{_LAZY[name]}"), name)
        else:
            value = None if name.startswith("_") else import_module("sansio_tl.errors.parsing").named(name)
            if value is None:
                raise import_module("sansio_tl.lazy_names").no_attribute(__name__, name, __dir__())
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """The catalogue's names too, for completion in a shell."""
    homes = import_module("sansio_tl.errors.generated.index").SPELLINGS.values()
    return sorted({*globals(), *__all__, *(home.partition(".")[2] for home in homes)})
