"""Settings of the server role."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sansio_tl.codec.schema import Schema
from sansio_tl.crypto.rsa import RsaPrivateKey
from sansio_tl.framing import Framing
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.limits import MAX_DC_ID, Limits
from sansio_tl.mtproto.server.handshake import PQ_PRIME_BITS
from sansio_tl.mtproto.server.key_record import SALT_PERIOD
from sansio_tl.validation import require, require_plain_fields, require_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """Settings of a data center's connections."""

    private_keys: tuple[RsaPrivateKey, ...]
    """Its RSA keys, in order of preference."""
    dc_id: int = 2
    """Which data center this is."""
    accept_legacy_rsa: bool = False
    """Whether the SHA1 padding and p_q_inner_data without a data center, as older clients send them, are accepted."""
    pq_prime_bits: int = PQ_PRIME_BITS
    """Bits of each of the two primes that a client has to find, its proof of work (HS3). The default costs clients some
    20 ms, as the real data centers' do; with 16, handshakes in tests cost less."""
    salt_period: float = SALT_PERIOD
    """Seconds between two new salts of a key; each lasts for two of these."""
    proxy_secrets: tuple[ProxySecret, ...] = ()
    """Secrets of an MTProxy that clients may use, as if this were one."""
    require_proxy_secret: bool = False
    """Whether a client without one of these secrets gets no answer, whatever its first bytes are (TR17). Without it,
    one request of a prober shows what a server with fake TLS is."""
    framing: Callable[[Limits], Framing] | None = None
    """By default the client's framing is recognised by its first bytes."""
    allowed_origins: frozenset[str] | None = None
    """Web pages that may use the data center from a browser, by origin, such as ``https://web.example``; None: all, as
    the real data centers. Others get the HTTP status 403."""
    schemas: Mapping[int, Schema] = field(default_factory=dict)
    """Schemas of other layers, by layer: a client is served in its layer (invokeWithLayer), or in the nearest
    available one, including the shipped one."""
    offload_handshake: bool = False
    """Whether the computations of handshakes are left to the driver, as `Compute` actions; not those over HTTP, whose
    steps may arrive on several connections."""
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Raises LocalProtocolError for a value that cannot be used."""
        require_plain_fields(self)
        due = "a tuple of RsaPrivateKey (RsaPrivateKey.from_pem reads a PEM text)"
        keys = self.private_keys
        known = isinstance(keys, tuple | list) and all(isinstance(key, RsaPrivateKey) for key in keys)
        require(known, "ServerConfig.private_keys", due, keys)
        require_whole("ServerConfig.dc_id", self.dc_id, 1, MAX_DC_ID)
        require_whole("ServerConfig.pq_prime_bits", self.pq_prime_bits, 8, PQ_PRIME_BITS)
        require(self.salt_period > 0, "ServerConfig.salt_period", "more than 0 seconds", self.salt_period)
        secrets = self.proxy_secrets
        known = isinstance(secrets, tuple | list) and all(isinstance(secret, ProxySecret) for secret in secrets)
        require(known, "ServerConfig.proxy_secrets", "a tuple of ProxySecret (ProxySecret.parse reads a text)", secrets)
        usable = bool(secrets) or not self.require_proxy_secret
        require(
            usable,
            "ServerConfig.require_proxy_secret",
            "False, as there are no proxy_secrets",
            self.require_proxy_secret,
        )
        require(self.framing is None or callable(self.framing), "ServerConfig.framing", "a function", self.framing)
        origins = self.allowed_origins
        texts = isinstance(origins, frozenset | set) and all(isinstance(each, str) for each in origins)
        require(origins is None or texts, "ServerConfig.allowed_origins", "a set of texts, or None for all", origins)
        known = isinstance(self.schemas, Mapping)
        require(known, "ServerConfig.schemas", "a mapping of layers to Schema", self.schemas)
        require(isinstance(self.limits, Limits), "ServerConfig.limits", "a Limits", self.limits)
