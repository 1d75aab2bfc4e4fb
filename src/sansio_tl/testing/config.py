"""Settings of an embedded data center."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sansio_tl.codec.schema import Schema
from sansio_tl.crypto.rsa import RsaPrivateKey
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.limits import MAX_DC_ID, Limits
from sansio_tl.testing.passkeys import ORIGIN
from sansio_tl.validation import require, require_plain_fields, require_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class DataCenterConfig:
    """The behavior of a `DataCenter`. Times are seconds of its `now`."""

    dc_id: int = 2
    """The number of the data center, 1 to 5."""
    test_mode: bool = False
    """Whether help.getConfig reports a test environment."""
    private_key: RsaPrivateKey | None = None
    """The key that proves its identity; None: one is generated from its entropy, which takes 0.1 to 0.5 s."""
    accept_legacy_rsa: bool = True
    """Whether clients may use the SHA1 padding in the handshake. Telethon and Pyrogram send nothing else."""
    proxy_secrets: tuple[ProxySecret, ...] = ()
    """MTProxy secrets that clients may use, as if this data center were a proxy."""
    require_proxy_secret: bool = False
    """Whether a client without one of them gets no answer."""
    allowed_origins: frozenset[str] | None = frozenset()
    """Web pages that may use it from a browser, by origin, such as ``https://web.example``; None: all, as Telegram's
    own. By default none: otherwise any page in a browser on this machine could log in here."""
    api_keys: Mapping[int, str] | None = field(default=None, repr=False)
    """api_id -> api_hash of the known applications; None: any that is not empty."""
    country: str = "NL"
    """The country in help.getNearestDc, as ISO 3166."""

    code: str | None = field(default=None, repr=False)
    """The digits of every code; None: they are generated, and reported by `CodeSent`. Sandbox numbers have their
    own."""
    code_length: int = 5
    """Number of digits of a code."""
    code_lifetime: float = 300.0
    """Lifetime of a code. TDLib drops an unfinished login after the same five minutes."""
    code_tries: int = 5
    """Number of wrong codes that fail with PHONE_CODE_INVALID before the code is no longer accepted."""
    resend_timeout: int = 60
    """The `timeout` of auth.sentCode: how long a client waits before it requests the next method."""

    code_limit: int | None = None
    """Number of codes that may be sent to a number within `code_limit_period` before FLOOD_WAIT_X; None: any."""
    code_limit_period: float = 86_400.0
    """Seconds. Telegram counts by the day."""
    wrong_code_limit: int = 100
    """Number of wrong codes that may be entered for one number within `code_limit_period`, from any client and for any
    code, before FLOOD_WAIT_X. With 5 digits that is a chance of one in a thousand a day. Wrong codes for other numbers
    do not raise it: `max_codes` numbers are counted, and further ones start with the lowest of these counts."""
    max_codes: int = 10_000
    """Maximum number of codes that are pending at one time; one more drops the oldest. Each takes about 1 KiB. At most
    16 of them belong to one auth key: a 17th drops the oldest of that key."""

    password_tries: int = 5
    """Number of wrong passwords that fail with PASSWORD_HASH_INVALID before FLOOD_WAIT_X."""
    password_flood_wait: int = 60
    """The X of that FLOOD_WAIT_X."""
    password_reset_wait: float = 7 * 86_400.0
    """Waiting time between account.resetPassword and the reset, and after a declined reset before the next request."""
    tmp_password_life: int = 86_400
    """Maximum lifetime of account.tmpPassword, in seconds."""
    fresh_session: float = 0.0
    """Minimum age of a session that changes the phone number (FRESH_CHANGE_PHONE_FORBIDDEN), ends other sessions or
    registers passkeys (FRESH_RESET_AUTHORISATION_FORBIDDEN). Telegram: 24 hours."""
    deletion_wait: float = 7 * 86_400.0
    """Waiting time between account.deleteAccount without the password and the deletion (2FA_CONFIRM_WAIT_X)."""
    email_reset_wait: float = 7 * 86_400.0
    """Waiting time between auth.resetLoginEmail and the removal of the login address; 0: none, as for premium
    accounts."""
    login_token_life: float = 30.0
    """Lifetime of a QR code."""
    passkey_origins: frozenset[str] = frozenset({ORIGIN})
    """The origins for which passkey ceremonies are accepted (PASSKEY_ORIGIN_MISMATCH)."""

    detect_parallel_use: bool = False
    """Whether a login that is used from two connections at once ends with AUTH_KEY_DUPLICATED, as on Telegram: see
    `sansio_tl.testing.parallel_use`."""
    explain_errors: bool = False
    """Whether METHOD_INVALID, for a method that the data center does not implement, says how to set an answer, and
    ANSWER_FAILED why. Telegram's errors have no such texts."""

    max_keys: int = 10_000
    """Maximum number of stored auth keys. One more removes the oldest that is neither logged in nor connected; if there
    is none, the oldest temporary key without a connection; if there is none either, the new one. A connection counts
    for the last 8 keys that were first used on it, so that one connection cannot hold all keys."""
    offload_handshake: bool = False
    """Whether its connections leave the computations of handshakes to the driver, as those of a `ServerConfig` do:
    not over HTTP. `serve` of the adapters makes them in threads."""
    schemas: Mapping[int, Schema] = field(default_factory=dict)
    """Schemas of other layers, by layer: a client is served in its layer, or in the nearest available one, including
    the shipped one."""
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        """Raises LocalProtocolError for a value that cannot be used."""
        require_plain_fields(self)
        require_whole("DataCenterConfig.dc_id", self.dc_id, 1, MAX_DC_ID)
        due = "an RsaPrivateKey (RsaPrivateKey.from_pem reads a PEM text), or None for a new one"
        key = self.private_key
        require(key is None or isinstance(key, RsaPrivateKey), "DataCenterConfig.private_key", due, key)
        require(isinstance(self.limits, Limits), "DataCenterConfig.limits", "a Limits", self.limits)
