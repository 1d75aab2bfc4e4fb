"""Text that a server sends: the names of its errors."""

from __future__ import annotations

from sansio_tl import errors


def rpc_error(data: bytes) -> None:
    """Any code and any text is an RpcError that keeps them and can be shown."""
    code = int.from_bytes(data[:4], "little", signed=True)
    text = data[4:].decode("utf-8", "surrogateescape")
    error = errors.parse(code, text, "auth.sendCode")
    if (error.code, error.text) != (code, text):
        raise AssertionError("an error lost what was sent")
    str(error), repr(error), error.name
