"""Text from elsewhere: names of errors, connections, keys, JSON, snapshots."""

from __future__ import annotations

import json
from collections.abc import Callable

import sansio_tl
from sansio_tl import auth, errors
from sansio_tl.auth.restore_flow import restore
from sansio_tl.crypto.rsa import RsaPublicKey
from sansio_tl.framing import ProxySecret
from sansio_tl.proxy import Proxy
from tests.fuzz.targets.codec import repr_all

PARSERS: tuple[Callable[[str], object], ...] = (
    ProxySecret.parse,
    Proxy.parse,
    auth.ConfirmPhone.from_link,
    RsaPublicKey.from_pem,
)


def rpc_error(data: bytes) -> None:
    """Any code and any text is an RpcError that keeps them and can be shown."""
    code = int.from_bytes(data[:4], "little", signed=True)
    text = data[4:].decode("utf-8", "surrogateescape")
    error = errors.parse(code, text, "auth.sendCode")
    if (error.code, error.text) != (code, text):
        raise AssertionError("an error lost what was sent")
    if not all(isinstance(shown, str) for shown in (str(error), repr(error), error.name, error.message)):
        raise AssertionError("an error cannot be shown")


def links(data: bytes) -> None:
    """Connections and keys that users paste; the first byte chooses what they are taken for."""
    text = data[1:].decode("utf-8", "surrogateescape")
    repr(PARSERS[data[0] % len(PARSERS) if data else 0](text))


def json_text(data: bytes) -> None:
    """Any JSON is a value or an EncodeError, and a value gives JSON that means the same."""
    _survives(sansio_tl.from_json(data.decode("utf-8", "surrogateescape")))


def json_value(data: bytes) -> None:
    """Any value survives as JSON."""
    _survives(sansio_tl.decode(data))


def snapshot(data: bytes) -> None:
    """Any JSON object is a flow's snapshot or refused; a flow that was taken up can be asked what it wants."""
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(plain, dict):
        flow = restore(plain)
        repr(flow)
        json.dumps(flow.snapshot())
        flow.next_action()


def _survives(value: sansio_tl.TLObject) -> None:
    again = sansio_tl.from_json(sansio_tl.to_json(value))
    if repr_all(again) != repr_all(value):
        raise AssertionError("a value does not survive as JSON")
