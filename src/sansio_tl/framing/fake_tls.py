"""Fake TLS, for MTProxy secrets that begin with ee: the link looks like TLS 1.3 to a real site.

    client                                         proxy
    ClientHello, its random a proof         ->
                                            <-     ServerHello, its random a proof; ChangeCipherSpec; noise
    ChangeCipherSpec
    17 03 03 | length | data                <->    17 03 03 | length | data

After the proofs (see `tls_hello`) both ends wrap the bytes of another framing, obfuscated2 over padded
intermediate, into records of application data. Nothing is encrypted by this layer. A peer that cannot prove the
secret, or sends records of other kinds, is TR8; a proof that was used before is TR12.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import Final

from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
from sansio_tl.framing.base import Framing
from sansio_tl.framing.buffer import ReceiveBuffer
from sansio_tl.framing.obfuscated import Obfuscated
from sansio_tl.framing.proxy_secret import ProxySecret, SecretKind
from sansio_tl.framing.seen_hellos import SeenHellos
from sansio_tl.framing.tls_hello import (
    HELLO_SIZE,
    RECORD_HEADER,
    SESSION_ID_SIZE,
    check_server_hello,
    client_hello,
    find_secret,
    random_of,
    server_hello,
)
from sansio_tl.framing.wrapper import FramingWrapper
from sansio_tl.limits import Limits
from sansio_tl.role import Role

_HANDSHAKE: Final = b"\x16\x03"
_CHANGE_CIPHER_SPEC: Final = b"\x14\x03\x03\x00\x01\x01"
_DATA: Final = b"\x17\x03\x03"
_MAX_RECORD: Final = 1 << 14
"""The largest record that we write: TLS's own limit."""
_MAX_RECEIVED: Final = _MAX_RECORD + 256
"""TLS allows 256 bytes for encryption on top."""


class _FakeTls(FramingWrapper):
    """What both ends do: hello, then records."""

    name = "fake TLS"

    def __init__(self, role: Role, limits: Limits | None, inner: Framing | None) -> None:
        super().__init__(role, limits, inner)
        self._buffer = ReceiveBuffer()
        self._out: list[bytes] = []
        self._proven = False

    def _take_in(self, data: bytes) -> None:
        self._buffer.append(data)
        if not self._proven:
            self._proven = self._read_hello()
        while self._proven and self._read_record():
            pass

    @abstractmethod
    def _read_hello(self) -> bool:
        """Take the peer's hello off the buffer and check its proof; False while it is incomplete."""

    def _record_size(self, at: int, *kinds: bytes) -> int:
        """The size, with its header, of the record that begins at `at`; 0 while its header is incomplete."""
        header = self._buffer.peek(at + RECORD_HEADER)[at:]
        if not any(header.startswith(kind) or kind.startswith(header) for kind in kinds):
            raise RemoteProtocolError("TR8", "a TLS record of the wrong kind")
        if len(header) < RECORD_HEADER:
            return 0
        size = int.from_bytes(header[3:], "big")
        if size > _MAX_RECEIVED:
            raise RemoteProtocolError("TR1", f"a TLS record of {size} bytes is above {_MAX_RECEIVED}")
        return RECORD_HEADER + size

    def _read_record(self) -> bool:
        size = self._record_size(0, _DATA, _CHANGE_CIPHER_SPEC)
        if not 0 < size <= self._buffer.size:
            return False
        kind = self._buffer.peek(1)
        data = self._buffer.take_after(RECORD_HEADER, size - RECORD_HEADER)
        if kind == _DATA[:1]:
            self._known().receive_data(data)
        return True

    def _forget_input(self) -> None:
        super()._forget_input()
        self._buffer = ReceiveBuffer()

    def _check_end(self) -> None:
        if self._buffer.size or not self._proven:
            raise RemoteProtocolError("TR10", "the stream ended inside a TLS record")

    def _drain(self) -> bytes:
        data = self._inner.data_to_send() if self._inner is not None and self._proven else b""
        for at in range(0, len(data), _MAX_RECORD):
            piece = data[at : at + _MAX_RECORD]
            self._out += (_DATA, len(piece).to_bytes(2, "big"), piece)
        out = b"".join(self._out)
        self._out.clear()
        return out


class FakeTlsClient(_FakeTls):
    """The client's end. What the inner framing says is held back until the proxy has proven itself."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        inner: Framing,
        secret: ProxySecret,
        entropy: Entropy,
        now: float,
    ) -> None:
        """`now` in seconds since the Unix epoch: proxies refuse a clock that is minutes off."""
        super().__init__(Role.CLIENT, limits, inner)
        if secret.kind is not SecretKind.FAKE_TLS or secret.host is None:
            raise LocalProtocolError(f"fake TLS needs a secret with a host name, not a {secret.kind.value} one")
        self._secret = secret
        hello = client_hello(secret.host, secret.key, entropy, now)
        self._random = random_of(hello)
        self._out.append(hello)

    def _read_hello(self) -> bool:
        first = self._record_size(0, _HANDSHAKE)
        if not 0 < first <= self._buffer.size:
            return False
        second = self._record_size(first, _CHANGE_CIPHER_SPEC)
        if not 0 < second <= self._buffer.size - first:
            return False
        third = self._record_size(first + second, _DATA)
        if not 0 < third <= self._buffer.size - first - second:
            return False
        if first < HELLO_SIZE:
            raise RemoteProtocolError("TR8", "a TLS ServerHello that is too short")
        check_server_hello(self._buffer.take(first + second + third), self._random, self._secret.key)
        self._out.append(_CHANGE_CIPHER_SPEC)
        return True


class FakeTlsServer(_FakeTls):
    """The server's end. The secret that the client proves decides on the obfuscated2 inside."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        secrets: Iterable[ProxySecret],
        entropy: Entropy,
        now: float | None = None,
        seen: SeenHellos | None = None,
    ) -> None:
        """`now` in seconds since the Unix epoch; without it a client's clock is not looked at.

        `seen` belongs to the server: without it a hello is answered once by each connection (TR12).
        """
        super().__init__(Role.SERVER, limits, None)
        self._secrets = tuple(secret for secret in secrets if secret.kind is SecretKind.FAKE_TLS)
        self._entropy = entropy
        self._now = now
        self._seen = SeenHellos() if seen is None else seen

    def _read_hello(self) -> bool:
        size = self._record_size(0, _HANDSHAKE)
        if not 0 < size <= self._buffer.size:
            return False
        hello = self._buffer.take(size)
        if size < HELLO_SIZE or hello[HELLO_SIZE - SESSION_ID_SIZE - 1] != SESSION_ID_SIZE:
            raise RemoteProtocolError("TR8", "a TLS ClientHello of another shape than proxies know")
        secret = find_secret(hello, self._secrets, self._now)
        if not self._seen.add(random_of(hello), self._limits.max_seen_hellos):
            raise RemoteProtocolError("TR12", "a TLS ClientHello that was answered before")
        self._out.append(server_hello(hello, secret.key, self._entropy))
        self._carry(Obfuscated(Role.SERVER, self._limits, entropy=self._entropy, secrets=(secret,)))
        return True
