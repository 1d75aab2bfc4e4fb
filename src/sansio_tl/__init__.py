"""A pure sans-IO engine for Telegram's MTProto 2.0 and TL: bytes in, events out; requests in, bytes out.

- `Connection` and `Config`: one connection of a client. `ServerConnection` and `ServerConfig`: the server side.
- `Client` and `ClientConfig`: one account over many connections to many data centers.
- `auth`: the login flows. `events`: the events of a connection. `errors`: the exceptions.
- `types` and `functions`: the values of API layer `LAYER`; `encode` and `decode` turn them into bytes and back.
  `Schema.parse` does the same for any other layer.

Each name is imported on first use. docs/api lists the other public modules.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sansio_tl import auth as auth
    from sansio_tl import errors as errors
    from sansio_tl import events as events
    from sansio_tl import functions as functions
    from sansio_tl import types as types
    from sansio_tl.client.actions import Endpoint as Endpoint
    from sansio_tl.client.client import Client as Client
    from sansio_tl.client.config import ClientConfig as ClientConfig
    from sansio_tl.codec import decode as decode
    from sansio_tl.codec import decode_result as decode_result
    from sansio_tl.codec import encode as encode
    from sansio_tl.codec import encode_result as encode_result
    from sansio_tl.codec import from_json as from_json
    from sansio_tl.codec import to_json as to_json
    from sansio_tl.codec.schema import Schema as Schema
    from sansio_tl.config import Config as Config
    from sansio_tl.connection.client import Connection as Connection
    from sansio_tl.connection.server import ServerConfig as ServerConfig
    from sansio_tl.connection.server import ServerConnection as ServerConnection
    from sansio_tl.crypto.auth_key import AuthKey as AuthKey
    from sansio_tl.crypto.rsa import RsaPrivateKey as RsaPrivateKey
    from sansio_tl.crypto.rsa import RsaPublicKey as RsaPublicKey
    from sansio_tl.limits import Limits as Limits
    from sansio_tl.mtproto.client.request import RequestHandle as RequestHandle
    from sansio_tl.mtproto.server.key_store import KeyStore as KeyStore
    from sansio_tl.tl.errors import DecodeError as DecodeError
    from sansio_tl.tl.errors import EncodeError as EncodeError
    from sansio_tl.tl.errors import SchemaError as SchemaError
    from sansio_tl.tl.objects import Function as Function
    from sansio_tl.tl.objects import TLObject as TLObject
    from sansio_tl.tl.objects import Unknown as Unknown

__version__ = "0.1.0"
LAYER = 232
"""The layer of the shipped API schema."""

__all__ = [
    "LAYER",
    "AuthKey",
    "Client",
    "ClientConfig",
    "Config",
    "Connection",
    "DecodeError",
    "EncodeError",
    "Endpoint",
    "Function",
    "KeyStore",
    "Limits",
    "RequestHandle",
    "RsaPrivateKey",
    "RsaPublicKey",
    "Schema",
    "SchemaError",
    "ServerConfig",
    "ServerConnection",
    "TLObject",
    "Unknown",
    "__version__",
    "auth",
    "decode",
    "decode_result",
    "encode",
    "encode_result",
    "errors",
    "events",
    "from_json",
    "functions",
    "to_json",
    "types",
]

_MODULES = frozenset({"auth", "errors", "events", "functions", "types"})
_HOMES = {
    "AuthKey": "crypto.auth_key",
    "Client": "client.client",
    "ClientConfig": "client.config",
    "Config": "config",
    "Connection": "connection.client",
    "DecodeError": "tl.errors",
    "EncodeError": "tl.errors",
    "Endpoint": "client.actions",
    "Function": "tl.objects",
    "KeyStore": "mtproto.server.key_store",
    "Limits": "limits",
    "RequestHandle": "mtproto.client.request",
    "RsaPrivateKey": "crypto.rsa",
    "RsaPublicKey": "crypto.rsa",
    "Schema": "codec.schema",
    "SchemaError": "tl.errors",
    "ServerConfig": "connection.server",
    "ServerConnection": "connection.server",
    "TLObject": "tl.objects",
    "Unknown": "tl.objects",
    "decode": "codec",
    "decode_result": "codec",
    "encode": "codec",
    "encode_result": "codec",
    "from_json": "codec",
    "to_json": "codec",
}
"""Name -> the module that defines it."""

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name in _MODULES:
            return import_module(f"sansio_tl.{name}")
        if name in _HOMES:
            value = getattr(import_module(f"sansio_tl.{_HOMES[name]}"), name)
            globals()[name] = value
            return value
        raise AttributeError(f"module 'sansio_tl' has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
