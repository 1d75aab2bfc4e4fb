"""The embedded data center as a peer under test: it takes and gives bytes.

Nothing here uses the suite: for `tests.conformance.sharpness` this module is imported with a mutated engine, and the
suite with an unchanged one.
"""

from __future__ import annotations

from functools import cache

from sansio_tl.crypto.rsa import RsaPrivateKey
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.testing import DataCenter, DataCenterConfig
from sansio_tl.testing.connection import DataCenterConnection
from tests.helpers.entropy import SeededEntropy

_read_key = cache(RsaPrivateKey.from_pem)
"""Reading a key takes as long as a case."""


class OwnServer:
    """Our server, and the one connection to it."""

    def __init__(self, *, private_key: str, secret: str, seed: str, now: float) -> None:
        """`private_key` is in PEM; `secret` is the one with which clients may connect as to an MTProxy."""
        config = DataCenterConfig(private_key=_read_key(private_key), proxy_secrets=(ProxySecret.parse(secret),))
        self._data_center = DataCenter(config, entropy=SeededEntropy(f"{seed}, server"), now=now)
        self._connection: DataCenterConnection | None = None

    def accept(self, *, now: float) -> None:
        """A client has connected; the connection before is closed."""
        if self._connection is not None:
            self._connection.receive_data(b"", now=now)
        self._connection = self._data_center.accept(now=now)

    @property
    def connection(self) -> DataCenterConnection:
        """The connection. There is one."""
        assert self._connection is not None
        return self._connection
