"""Fake TLS, for MTProxy secrets that begin with ee: the connection looks like TLS 1.3 to a web site.

    client                                         proxy
    ClientHello, its random a proof         ->
                                            <-     ServerHello, its random a proof; ChangeCipherSpec; noise
    ChangeCipherSpec
    17 03 03 | length | data                <->    17 03 03 | length | data

After the proofs (see `tls_hello`) both sides wrap the bytes of another framing, obfuscated2 over padded intermediate,
in application data records. Nothing is encrypted by this layer. A peer that cannot prove the secret, or sends other
record types, fails TR8; a proof that was used before fails TR12; a hello of more than 4,096 bytes fails TR1 before it
has arrived.

A client imitates the hello of a `HelloProfile`; a server accepts any hello with a proof.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import ClassVar, Final

from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
from sansio_tl.framing.base import Framing
from sansio_tl.framing.buffer import ReceiveBuffer
from sansio_tl.framing.hello_profile import MAX_HELLO_SIZE, HelloProfile
from sansio_tl.framing.hello_profiles import BROWSER
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
_MAX_SENT: Final = (1 << 14) + 17
"""The largest record that a server sends: as large as a full one of TLS 1.3, with its type and its tag."""
_MAX_RECEIVED: Final = (1 << 14) + 256
"""TLS allows 256 more bytes for encryption."""


class _FakeTls(FramingWrapper):
    """The common part of both sides: hello, then records."""

    name = "fake TLS"
    _unproven: ClassVar[str]
    """The error of a stream that ends before the peer's proof."""

    def __init__(self, role: Role, limits: Limits | None, inner: Framing | None, max_record: int) -> None:
        super().__init__(role, limits, inner)
        self._max_record = max_record
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
        """Read the peer's hello from the buffer and check its proof; False while it is incomplete."""

    def _record_size(self, at: int, *kinds: bytes, most: int = _MAX_RECEIVED) -> int:
        """The size, with its header, of the record that begins at `at`; 0 while its header is incomplete. TR1: at most
        `most` bytes follow the header.
        """
        header = self._buffer.peek(at + RECORD_HEADER)[at:]
        if not any(header.startswith(kind) or kind.startswith(header) for kind in kinds):
            raise RemoteProtocolError("TR8", "unexpected TLS record type")
        if len(header) < RECORD_HEADER:
            return 0
        size = int.from_bytes(header[3:], "big")
        if size > most:
            raise RemoteProtocolError("TR1", f"a TLS record of {size} bytes is above {most}")
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
        if not self._proven:
            raise RemoteProtocolError("TR10", self._unproven)
        if self._buffer.size:
            raise RemoteProtocolError("TR10", "the stream ended inside a TLS record")

    def _drain(self) -> bytes:
        data = self._inner.data_to_send() if self._inner is not None and self._proven else b""
        for at in range(0, len(data), self._max_record):
            piece = data[at : at + self._max_record]
            self._out += (_DATA, len(piece).to_bytes(2, "big"), piece)
        out = b"".join(self._out)
        self._out.clear()
        return out


class FakeTlsClient(_FakeTls):
    """The client side. Output of the inner framing is held back until the proxy has proven its knowledge of the
    secret.
    """

    _unproven = (
        "the proxy ended the connection without an answer to the TLS ClientHello: it does not accept the secret, the "
        "time of this clock, or this shape of hello"
    )

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        inner: Framing,
        secret: ProxySecret,
        entropy: Entropy,
        now: float,
        profile: HelloProfile = BROWSER,
    ) -> None:
        """`now` in seconds since the Unix epoch: proxies reject clients whose clock is minutes off."""
        super().__init__(Role.CLIENT, limits, inner, profile.max_record)
        if secret.kind is not SecretKind.FAKE_TLS or secret.host is None:
            raise LocalProtocolError(
                f"invalid proxy secret: found a {secret.kind.value} one, expected a fake TLS one with a host name"
            )
        self._secret = secret
        hello = client_hello(profile, secret.host, secret.key, entropy, now)
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
            raise RemoteProtocolError("TR8", "the TLS ServerHello is too short")
        check_server_hello(self._buffer.take(first + second + third), self._random, self._secret.key)
        self._out.append(_CHANGE_CIPHER_SPEC)
        return True


class FakeTlsServer(_FakeTls):
    """The server side. The secret that the client proves determines the obfuscated2 framing inside."""

    _unproven = "the stream ended inside the TLS ClientHello"

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        secrets: Iterable[ProxySecret],
        entropy: Entropy,
        now: float | None = None,
        seen: SeenHellos | None = None,
    ) -> None:
        """`now` in seconds since the Unix epoch; without it the client's clock is not checked.

        `seen` belongs to the server: without it each connection answers a hello once (TR12).
        """
        super().__init__(Role.SERVER, limits, None, _MAX_SENT)
        self._secrets = tuple(secret for secret in secrets if secret.kind is SecretKind.FAKE_TLS)
        self._entropy = entropy
        self._now = now
        self._seen = SeenHellos() if seen is None else seen

    def _read_hello(self) -> bool:
        size = self._record_size(0, _HANDSHAKE, most=MAX_HELLO_SIZE - RECORD_HEADER)
        if not 0 < size <= self._buffer.size:
            return False
        hello = self._buffer.take(size)
        if size < HELLO_SIZE or hello[HELLO_SIZE - SESSION_ID_SIZE - 1] != SESSION_ID_SIZE:
            raise RemoteProtocolError("TR8", "the TLS ClientHello does not have the format of MTProxy clients")
        secret = find_secret(hello, self._secrets, self._now)
        if not self._seen.add(random_of(hello), self._limits.max_seen_hellos):
            raise RemoteProtocolError("TR12", "this TLS ClientHello was already answered")
        self._out.append(server_hello(hello, secret.key, self._entropy))
        inner = Obfuscated(Role.SERVER, self._limits, entropy=self._entropy, secrets=(secret,), require_secret=True)
        self._carry(inner)
        return True
