"""Obfuscated2: AES-256-CTR over a framing, so that a connection has no recognisable bytes.

The client's first 64 bytes carry the keys of both directions:

    0         8                  40              56       60    62    64
    | random  | key              | iv            | tag    | dc  | rnd |
              '-------- reversed: the server's key and iv ------'   (of 8..56)

The last 8 bytes are encrypted with the stream that they begin. `tag` names the framing inside (ef, ee or dd, four
times), whose own tag is left out. `dc` is an int16: proxies route by it, many clients leave random bytes there, so it
is exposed and never trusted. A proxy's secret is mixed into both keys: SHA-256(key | secret).

TR8: a header must not look like another framing, so such a random header is generated again.
https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
from sansio_tl.framing.abridged import Abridged
from sansio_tl.framing.buffer import ReceiveBuffer
from sansio_tl.framing.intermediate import Intermediate
from sansio_tl.framing.padded import PaddedIntermediate
from sansio_tl.framing.proxy_secret import ProxySecret, SecretKind
from sansio_tl.framing.stream import StreamFraming
from sansio_tl.framing.wrapper import FramingWrapper
from sansio_tl.limits import Limits
from sansio_tl.role import Role

HEADER_SIZE: Final = 64

_FORBIDDEN: Final = (
    b"\xef",  # abridged
    b"HEAD",  # HTTP and WebSocket
    b"POST",
    b"GET ",
    b"OPTI",
    b"\xdd\xdd\xdd\xdd",  # padded intermediate
    b"\xee\xee\xee\xee",  # intermediate
    b"\x16\x03\x01",  # fake TLS
)
_FRAMINGS: Final[dict[bytes, type[StreamFraming]]] = {
    b"\xef\xef\xef\xef": Abridged,
    b"\xee\xee\xee\xee": Intermediate,
    b"\xdd\xdd\xdd\xdd": PaddedIntermediate,
}
_TAGS: Final = {framing: tag for tag, framing in _FRAMINGS.items()}
_MAX_DRAWS: Final = 100
"""Two rejected headers in a row occur once in 2^16 times: a hundred mean that the entropy source is broken."""


def is_forbidden(header: bytes) -> bool:
    """TR8: whether a server would interpret these first bytes as another framing."""
    return header.startswith(_FORBIDDEN) or header[4:8] == bytes(4)


class Obfuscated(FramingWrapper):
    """Obfuscated2 around abridged, intermediate or padded intermediate."""

    name = "obfuscated"

    def __init__(  # noqa: D417
        self,
        role: Role,
        limits: Limits | None = None,
        *,
        inner: type[StreamFraming] = Intermediate,
        entropy: Entropy | None = None,
        secrets: Iterable[ProxySecret] = (),
        require_secret: bool = False,
        dc: int | None = None,
    ) -> None:
        """A client needs `entropy` and chooses `inner`; a server reads the framing from the header.

        Args:
            secrets: client: the secret of the proxy, if any. Server: all that are accepted, besides none.
            require_secret: server: whether a client without a secret is refused (TR17).
            dc: the number that a client writes into the header; without it the bytes are random.
        """
        super().__init__(role, limits, None)
        self._secrets = tuple(secrets)
        self._accepted = self._secrets if require_secret else (None, *self._secrets)
        self._entropy = entropy
        self._first = ReceiveBuffer()
        self._header = b""
        self.dc = dc
        """The data center of the header: an int16, negative for media, +10000 for test. Not to be trusted."""
        if role is Role.CLIENT:
            self._open_as_client(inner)

    def _open_as_client(self, inner: type[StreamFraming]) -> None:
        if self._entropy is None:
            raise LocalProtocolError("obfuscated2 in the client role needs entropy")
        if inner not in _TAGS:
            raise LocalProtocolError(f"obfuscated2 has no tag for the {inner.name} framing")
        if len(self._secrets) > 1:
            raise LocalProtocolError("invalid proxy secrets: a client has at most one")
        secret = self._secrets[0] if self._secrets else None
        if secret is not None and secret.kind is not SecretKind.PLAIN and inner is not PaddedIntermediate:
            raise LocalProtocolError(
                f"a {secret.kind.value} proxy secret requires padded intermediate as the inner framing"
            )
        drawn = bytearray(generate_header(self._entropy))
        drawn[56:60] = _TAGS[inner]
        if self.dc is not None:
            drawn[60:62] = self.dc.to_bytes(2, "little", signed=True)
        self._encrypt, self._decrypt = ciphers_of(bytes(drawn), secret)
        self._header = bytes(drawn[:56]) + self._encrypt.update(bytes(drawn))[56:]
        self._inner = self._make(inner)

    def _make(self, inner: type[StreamFraming]) -> StreamFraming:
        if inner is PaddedIntermediate:
            made: StreamFraming = PaddedIntermediate(self._role, self._limits, tagged=False, entropy=self._entropy)
        else:
            made = inner(self._role, self._limits, tagged=False)
        self._take_inside, self._next = made.bare
        return made

    def _take_in(self, data: bytes) -> None:
        if self._inner is None:
            self._first.append(data)
            if self._first.size < HEADER_SIZE:
                return
            self._open_as_server(self._first.take(HEADER_SIZE))
            data = self._first.take(self._first.size)
        self._take_inside(self._decrypt.update(data))

    def _open_as_server(self, header: bytes) -> None:
        for secret in self._accepted:
            outgoing, incoming = ciphers_of(header, secret)
            # For the server, the client's sending half is the receiving one.
            plain = outgoing.update(header)
            inner = _FRAMINGS.get(plain[56:60])
            if inner is None:
                continue
            if secret is not None and secret.kind is not SecretKind.PLAIN and inner is not PaddedIntermediate:
                raise RemoteProtocolError(
                    "TR8", f"a {secret.kind.value} proxy secret requires padded intermediate as the inner framing"
                )
            self._encrypt, self._decrypt = incoming, outgoing
            self.dc = int.from_bytes(plain[60:62], "little", signed=True)
            self._carry(self._make(inner))
            return
        raise RemoteProtocolError("TR8", "the first 64 bytes match no framing")

    def _forget_input(self) -> None:
        super()._forget_input()
        self._first = ReceiveBuffer()
        self._take_inside = self._first.append

    def _check_end(self) -> None:
        if self._first.size:
            raise RemoteProtocolError("TR10", "the stream ended inside the obfuscated2 header")

    @property
    def may_have_output(self) -> bool:
        """Whether the header or a packet is queued."""
        return bool(self._header) or (self._inner is not None and self._inner.may_have_output)

    def _drain(self) -> bytes:
        if self._inner is None:
            return b""
        header, self._header = self._header, b""
        data = self._inner.data_to_send()
        return header + self._encrypt.update(data) if data else header


def generate_header(entropy: Entropy) -> bytes:
    """TR8: generate 64 random bytes that no server interprets as another framing."""
    for _ in range(_MAX_DRAWS):
        header = entropy(HEADER_SIZE)
        if not is_forbidden(header):
            return header
    raise LocalProtocolError("the entropy source gives only forbidden obfuscated2 headers")


def ciphers_of(header: bytes, secret: ProxySecret | None) -> tuple[CipherContext, CipherContext]:
    """The two AES-256-CTR streams of a header: client to server, server to client."""
    there = header[8:56]
    return _cipher(there, secret), _cipher(there[::-1], secret)


def _cipher(key_iv: bytes, secret: ProxySecret | None) -> CipherContext:
    key = key_iv[:32]
    if secret is not None:
        key = sha256(key + secret.key).digest()
    return Cipher(AES(key), modes.CTR(key_iv[32:])).encryptor()
