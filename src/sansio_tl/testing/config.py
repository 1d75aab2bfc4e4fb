"""Settings of an embedded data centre."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sansio_tl.codec.schema import Schema
from sansio_tl.crypto.rsa import RsaPrivateKey
from sansio_tl.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class DataCentreConfig:
    """How a `DataCentre` behaves. Times are seconds of the `now` that it is given."""

    dc_id: int = 2
    """Which data centre it is, 1 to 5."""
    test_mode: bool = False
    """Whether help.getConfig says that this is the test environment."""
    private_key: RsaPrivateKey | None = None
    """The key that it proves itself with; None: one is made of its entropy, which takes 0.1 to 0.5 s."""
    accept_legacy_rsa: bool = True
    """Whether clients may use the SHA1 padding in the handshake. Telethon and Pyrogram send nothing else."""
    api_keys: Mapping[int, str] | None = None
    """api_id -> api_hash of the applications that exist; None: any that is not empty."""
    country: str = "NL"
    """The country that help.getNearestDc tells, as ISO 3166."""

    code: str | None = None
    """The digits of every code; None: they are drawn, and told by `CodeSent`. Sandbox numbers have their own."""
    code_length: int = 5
    """Digits of a code."""
    code_lifetime: float = 300.0
    """How long a code is good. TDLib forgets an unfinished log-in after the same five minutes."""
    code_tries: int = 5
    """How many wrong codes are answered with PHONE_CODE_INVALID before the code is burnt."""
    resend_timeout: int = 60
    """The `timeout` of auth.sentCode: how long a client shall wait before it asks for the next way."""

    password_tries: int = 5
    """How many wrong passwords are answered with PASSWORD_HASH_INVALID before FLOOD_WAIT_X."""
    password_flood_wait: int = 60
    """The X of that FLOOD_WAIT_X."""
    fresh_session: float = 0.0
    """How old a session must be to change the phone number (FRESH_CHANGE_PHONE_FORBIDDEN). Telegram: 24 hours."""

    schemas: Mapping[int, Schema] = field(default_factory=dict)
    """Schemas of other layers, by layer: clients that speak one of them are served in it."""
    limits: Limits = Limits()
