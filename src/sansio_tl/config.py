"""The configuration of a client's connection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from sansio_tl import codec, functions
from sansio_tl.codec.index import LAYER
from sansio_tl.crypto.rsa import MODULUS_BITS, RsaPublicKey
from sansio_tl.data_centers import public_keys
from sansio_tl.framing import Framing
from sansio_tl.framing.intermediate import Intermediate
from sansio_tl.limits import MAX_DC_ID, MAX_TEMPORARY_KEY_LIFETIME, Limits
from sansio_tl.role import Role
from sansio_tl.validation import require, require_text, require_whole

FramingFactory: TypeAlias = Callable[[Role, Limits], Framing]

_TEST_OFFSET = 10000
_KEYS = "Config.public_keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Settings of a client's connection. Everything except `api_id` has a sensible default."""

    api_id: int
    """The application's id, from my.telegram.org."""
    dc_id: int = 2
    """Number of the data center at the other end, 1 to 5 in production."""
    test_mode: bool = False
    """Whether it is one of the test data centers."""
    media_only: bool = False
    """Whether the address is for media only."""
    public_keys: tuple[RsaPublicKey, ...] | None = None
    """RSA keys by which the data center may prove its identity (HS4); None for Telegram's own."""
    framing: FramingFactory = Intermediate
    """The framing of packets in the byte stream: a class of `sansio_tl.framing`."""
    temporary_key_lifetime: int | None = None
    """Perfect forward secrecy: encrypt with temporary keys that live this many seconds (TDLib takes about 24 hours; at
    most 2**25, more than a year), bound to the permanent one. None for no temporary keys."""
    offload: bool = False
    """Whether slow computations are left to the driver, as `Compute` actions: those of the handshake, some ten
    milliseconds, and of flows, a few hundredths of a second for the proof of a password."""
    device_model: str = "sansio_tl"
    """Shown in the user's list of sessions; must not be empty."""
    system_version: str = "Python"
    """Shown in the user's list of sessions; must not be empty."""
    app_version: str = "0.1"
    """Shown in the user's list of sessions; must not be empty."""
    system_lang_code: str = "en"
    lang_pack: str = ""
    """Name of a language pack; empty unless you are an official client."""
    lang_code: str = "en"
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Raises LocalProtocolError for an invalid value."""
        require_whole("Config.api_id", self.api_id, 1)
        require_whole("Config.dc_id", self.dc_id, 1, MAX_DC_ID)
        for name in ("test_mode", "media_only", "offload"):
            value = getattr(self, name)
            require(type(value) is bool, f"Config.{name}", "True or False", value)
        self._check_keys()
        require(callable(self.framing), "Config.framing", "a class of sansio_tl.framing", self.framing)
        if self.temporary_key_lifetime is not None:
            require_whole("Config.temporary_key_lifetime", self.temporary_key_lifetime, 1, MAX_TEMPORARY_KEY_LIFETIME)
        for name in ("device_model", "system_version", "app_version"):
            require_text(f"Config.{name}", getattr(self, name))
        for name in ("system_lang_code", "lang_pack", "lang_code"):
            require_text(f"Config.{name}", getattr(self, name), empty=True)
        require(isinstance(self.limits, Limits), "Config.limits", "a Limits", self.limits)

    def _check_keys(self) -> None:
        """HS4, HS5: keys that RSA_PAD accepts."""
        due = "a tuple of RsaPublicKey (RsaPublicKey.from_pem reads a PEM text), or None for Telegram's own"
        require(self.public_keys is None or isinstance(self.public_keys, tuple | list), _KEYS, due, self.public_keys)
        for key in self.public_keys or ():
            require(isinstance(key, RsaPublicKey), _KEYS, due, key)
            bits = key.n.bit_length()
            require(bits == MODULUS_BITS, _KEYS, f"keys with a modulus of {MODULUS_BITS} bits", bits)

    @property
    def resolved_public_keys(self) -> tuple[RsaPublicKey, ...]:
        """`public_keys`, or Telegram's own for the production or test environment."""
        return public_keys(test_mode=self.test_mode) if self.public_keys is None else self.public_keys

    @property
    def wire_dc_id(self) -> int:
        """HS6: the number of the data center in the handshake: test ones add 10000, media ones are negative."""
        dc = self.dc_id + _TEST_OFFSET if self.test_mode else self.dc_id
        return -dc if self.media_only else dc

    def init_connection_prefix(self) -> bytes:
        """invokeWithLayer(initConnection(...)) as bytes, up to the encoded query.

        Raises EncodeError if a setting has a wrong type or range.
        """
        query = functions.help.GetConfig()
        init = functions.InitConnection(
            api_id=self.api_id,
            device_model=self.device_model,
            system_version=self.system_version,
            app_version=self.app_version,
            system_lang_code=self.system_lang_code,
            lang_pack=self.lang_pack,
            lang_code=self.lang_code,
            query=query,
        )
        wrapped = codec.encode(functions.InvokeWithLayer(layer=LAYER, query=init))
        return wrapped[: -len(codec.encode(query))]
