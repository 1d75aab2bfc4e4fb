"""Settings of an embedded data center."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sansio_tl.codec.schema import Schema
from sansio_tl.crypto.rsa import RsaPrivateKey
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.limits import Limits
from sansio_tl.testing.passkeys import ORIGIN


@dataclass(frozen=True, slots=True, kw_only=True)
class DataCenterConfig:
    """How a `DcState` behaves. Times are seconds of the `now` that it is given."""

    dc_id: int = 2
    """Which data center it is, 1 to 5."""
    test_mode: bool = False
    """Whether help.getConfig says that this is the test environment."""
    private_key: RsaPrivateKey | None = None
    """The key that it proves itself with; None: one is made of its entropy, which takes 0.1 to 0.5 s."""
    accept_legacy_rsa: bool = True
    """Whether clients may use the SHA1 padding in the handshake. Telethon and Pyrogram send nothing else."""
    proxy_secrets: tuple[ProxySecret, ...] = ()
    """Secrets of an MTProxy that clients may use, as if this data center were one."""
    allowed_origins: frozenset[str] | None = frozenset()
    """Web pages that may use it from a browser, by origin, such as ``https://web.example``; None: all, as Telegram's
    own. By default none: any page that is open in a browser on this machine could log in here otherwise."""
    api_keys: Mapping[int, str] | None = field(default=None, repr=False)
    """api_id -> api_hash of the applications that exist; None: any that is not empty."""
    country: str = "NL"
    """The country that help.getNearestDc tells, as ISO 3166."""

    code: str | None = field(default=None, repr=False)
    """The digits of every code; None: they are drawn, and told by `CodeSent`. Sandbox numbers have their own."""
    code_length: int = 5
    """Digits of a code."""
    code_lifetime: float = 300.0
    """How long a code is good. TDLib forgets an unfinished log-in after the same five minutes."""
    code_tries: int = 5
    """How many wrong codes are answered with PHONE_CODE_INVALID before the code is burnt."""
    resend_timeout: int = 60
    """The `timeout` of auth.sentCode: how long a client shall wait before it asks for the next way."""

    code_limit: int | None = None
    """How many codes a number may be sent within `code_limit_period` before FLOOD_WAIT_X; None: any."""
    code_limit_period: float = 86_400.0
    """Seconds. Telegram counts by the day."""
    wrong_code_limit: int = 100
    """How many wrong codes may be entered for one number within `code_limit_period`, whoever asks and whichever code it
    is, before FLOOD_WAIT_X. With 5 digits that is one chance in a thousand a day. Wrong codes for other numbers do not
    make it more: `max_codes` numbers are counted, and further ones begin where the lowest of these counts is."""
    max_codes: int = 10_000
    """How many codes wait to be entered at one time; the oldest makes room. Each has about 1 KiB.
    At most 16 of them wait for one auth key: its own oldest makes room for its 17th."""

    password_tries: int = 5
    """How many wrong passwords are answered with PASSWORD_HASH_INVALID before FLOOD_WAIT_X."""
    password_flood_wait: int = 60
    """The X of that FLOOD_WAIT_X."""
    password_reset_wait: float = 7 * 86_400.0
    """How long after account.resetPassword the password may be reset, and after a reset was declined asked for
    again."""
    tmp_password_life: int = 86_400
    """The longest life of account.tmpPassword, in seconds."""
    fresh_session: float = 0.0
    """How old a session must be to change the phone number (FRESH_CHANGE_PHONE_FORBIDDEN), to end other sessions or to
    register passkeys (FRESH_RESET_AUTHORISATION_FORBIDDEN). Telegram: 24 hours."""
    deletion_wait: float = 7 * 86_400.0
    """How long after account.deleteAccount without its password an account is deleted (2FA_CONFIRM_WAIT_X)."""
    email_reset_wait: float = 7 * 86_400.0
    """How long after auth.resetLoginEmail the log-in address is given up; 0: at once, as for premium accounts."""
    login_token_life: float = 30.0
    """How long a QR code is good."""
    passkey_origins: frozenset[str] = frozenset({ORIGIN})
    """For whom passkey ceremonies may be performed (PASSKEY_ORIGIN_MISMATCH)."""

    max_keys: int = 10_000
    """How many auth keys are kept. With more, the oldest makes room under which nobody is logged in or connected; if
    there is none, the new one is given up. A link counts as a connection of the last 8 keys that began to speak on it,
    so that one link cannot hold all keys."""
    schemas: Mapping[int, Schema] = field(default_factory=dict)
    """Schemas of other layers, by layer: a client is served in the layer that it speaks, or in the nearest that there
    is, the shipped one among them."""
    limits: Limits = Limits()
