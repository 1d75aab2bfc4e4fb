"""Parses the option --dc: ``prod``, ``test``, ``prod:4``, ``127.0.0.1:4430``, ``[::1]:4430``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sansio_tl import RsaPublicKey
from sansio_tl.data_centers import DEFAULT_DC, addresses, public_keys

_OWN = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.%\w]+)\]|(?P<host>[^:\[\]\s]+)):(?P<port>\d{1,5})")


@dataclass(frozen=True, slots=True)
class Target:
    """One data center: its address and public keys."""

    environment: str
    """``"prod"``, ``"test"`` or ``"own"``."""
    dc_id: int
    host: str
    port: int
    public_keys: tuple[RsaPublicKey, ...]

    @property
    def test_mode(self) -> bool:
        """Whether it belongs to Telegram's test environment."""
        return self.environment == "test"

    def sibling(self, dc_id: int) -> Target:
        """Another data center of the same environment. Raises ValueError when its address is not known."""
        known = {} if self.environment == "own" else addresses(test_mode=self.test_mode)
        if dc_id not in known:
            raise ValueError(
                f"the account's home is data center {dc_id}, whose address is unknown: this is "
                f"{self.host}:{self.port}. Give it with --dc HOST:PORT --dc-id {dc_id}"
            )
        return replace(self, dc_id=dc_id, host=known[dc_id].ipv4, port=known[dc_id].port)


def find(text: str, *, dc_id: int | None = None, keys: tuple[RsaPublicKey, ...] = ()) -> Target:
    """Parse an address. `keys` replace those of the environment; HOST:PORT requires them.

    Raises ValueError with a text that names the expected form.
    """
    environment, _, number = text.partition(":")
    if environment in {"prod", "test"}:
        return _telegrams(environment, number, dc_id, keys)
    found = _OWN.fullmatch(text)
    if found is None or not 0 < int(found["port"]) < 65536:
        raise ValueError(f"invalid data center {text!r}: expected prod, test or HOST:PORT")
    if not keys:
        raise ValueError(f"the public key of {text} is required: --key FILE.pem")
    return Target("own", dc_id or DEFAULT_DC, found["v6"] or found["host"], int(found["port"]), keys)


def _telegrams(environment: str, number: str, dc_id: int | None, keys: tuple[RsaPublicKey, ...]) -> Target:
    test_mode = environment == "test"
    known = addresses(test_mode=test_mode)
    requested = number or str(dc_id or DEFAULT_DC)
    if not requested.isdecimal() or int(requested) not in known:
        raise ValueError(f"{environment} has the data centers {', '.join(map(str, known))}")
    address = known[int(requested)]
    return Target(environment, address.dc_id, address.ipv4, address.port, keys or public_keys(test_mode=test_mode))
