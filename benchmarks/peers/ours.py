"""Shared by our own callers: the settings and the requests."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from calling import ANSWER, HISTORY, PART, REQUEST, SMALL, Target

from sansio_tl import ClientConfig, Config, Endpoint, functions, types
from sansio_tl.crypto.rsa import RsaPublicKey
from sansio_tl.tl.objects import Function

_PLACE = types.InputDocumentFileLocation(1, 2, b"reference", "")


def config(target: Target) -> Config:
    return Config(api_id=1, public_keys=(RsaPublicKey.from_pem(target.key),))


def client_config(target: Target) -> ClientConfig:
    return ClientConfig(connection_config=config(target), endpoints={2: (Endpoint(target.host, target.port),)})


def small() -> Function[Any]:
    return functions.help.GetNearestDc()


def answer() -> Function[Any]:
    return functions.upload.GetFile(_PLACE, 0, 1 << 16)


def request() -> Function[Any]:
    return functions.upload.SaveFilePart(1, 0, PART)


def history(limit: int, min_id: int) -> Function[Any]:
    return functions.messages.GetHistory(types.InputPeerSelf(), 0, 0, 0, limit, 0, min_id, 0)


MAKE: dict[str, Callable[[], Function[Any]]] = {
    SMALL: small,
    ANSWER: answer,
    REQUEST: request,
    **{name: partial(history, *asked) for name, asked in HISTORY.items()},
}
"""A fresh request for each call."""
