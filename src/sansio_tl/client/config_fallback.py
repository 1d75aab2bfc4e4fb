"""What to do when no address of a data center answers: where help.configSimple is published, and when to fetch it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sansio_tl import data_centers
from sansio_tl.crypto.rsa import MODULUS_BITS, RsaPublicKey
from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.hosts import is_dns_name, is_host
from sansio_tl.validation import require, require_seconds

_DAY = 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFallback:
    """Fetch help.configSimple by DNS over HTTPS while a data center does not answer. Times are seconds.

    Its addresses are used beside the others until it expires, and are not saved. The resolver sees that an application
    looks for Telegram, and from where.
    """

    delay: float = 10.0
    """How long a data center must not have answered."""
    resolvers: tuple[str, ...] = ("https://dns.google/resolve", "https://mozilla.cloudflare-dns.com/dns-query")
    """URLs of DNS over HTTPS in JSON, asked by turns: ``?name=...&type=TXT`` follows."""
    domain: str | None = None
    """The name that has the TXT records; None for the one that the account's home data center has last named in its
    config, or else Telegram's own."""
    public_key: RsaPublicKey | None = None
    """Opens the config; None for Telegram's own."""
    phone_number: str = field(default="", repr=False)
    """Of the account: some addresses are for certain numbers only. Without it all are used."""
    timeout: float = 10.0
    """How long one fetch may take."""
    retry_initial: float = 15.0
    """The longest first wait before the next fetch after a failed one; it doubles with each failure."""
    retry_max: float = 300.0
    """The longest wait of all, and the one after a fetch that was of no use."""

    def __post_init__(self) -> None:
        """Raises LocalProtocolError for a value that cannot be used."""
        for name in ("delay", "timeout", "retry_initial", "retry_max"):
            require_seconds(f"ConfigFallback.{name}", getattr(self, name), most=_DAY)
        usable = isinstance(self.resolvers, tuple) and bool(self.resolvers) and all(map(_is_resolver, self.resolvers))
        due = "a tuple of https:// URLs without a query"
        require(usable, "ConfigFallback.resolvers", due, self.resolvers)
        named = self.domain is None or (isinstance(self.domain, str) and is_dns_name(self.domain))
        require(named, "ConfigFallback.domain", "a DNS name or None", self.domain)
        require(isinstance(self.phone_number, str), "ConfigFallback.phone_number", "a str", type(self.phone_number))
        key = self.public_key
        if key is not None and not (isinstance(key, RsaPublicKey) and key.n.bit_length() == MODULUS_BITS):
            raise LocalProtocolError(
                f"invalid ConfigFallback.public_key: expected an RsaPublicKey of {MODULUS_BITS} bits, or None"
            )

    def url(self, turn: int, *, test_mode: bool, reported_domain: str | None = None) -> str:
        """What to fetch in this turn. `reported_domain` is the name in the config of the home data center."""
        ours = data_centers.TEST_SIMPLE_CONFIG_DOMAIN if test_mode else data_centers.SIMPLE_CONFIG_DOMAIN
        domain = self.domain or reported_domain or ours
        return f"{self.resolvers[turn % len(self.resolvers)]}?name={domain}&type=TXT"

    @property
    def resolved_public_key(self) -> RsaPublicKey:
        """`public_key`, or Telegram's own."""
        return self.public_key or data_centers.simple_config_key()


def _is_resolver(url: object) -> bool:
    if not (isinstance(url, str) and url.isascii() and url.isprintable()):
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or parts.username or "?" in url or " " in url)
    return parts.scheme == "https" and plain and is_host(parts.hostname or "") and port != 0
