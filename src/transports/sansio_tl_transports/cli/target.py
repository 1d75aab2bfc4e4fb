"""Which data center a person means: ``prod``, ``test``, ``prod:4``, ``127.0.0.1:4430``, ``[::1]:4430``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sansio_tl import RsaPublicKey
from sansio_tl.data_centers import DEFAULT_DC, addresses, public_keys

_OWN = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.%\w]+)\]|(?P<host>[^:\[\]\s]+)):(?P<port>\d{1,5})")


@dataclass(frozen=True, slots=True)
class Target:
    """One data center, where it is and how it proves itself."""

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
        """Another data center of the same environment. Raises ValueError when it is not known where that is."""
        known = {} if self.environment == "own" else addresses(test_mode=self.test_mode)
        if dc_id not in known:
            raise ValueError(
                f"the account lives on data center {dc_id}, and only {self.host}:{self.port} is known here: "
                f"say where that is with --dc HOST:PORT --dc-id {dc_id}"
            )
        return replace(self, dc_id=dc_id, host=known[dc_id].ipv4, port=known[dc_id].port)


def find(text: str, *, dc_id: int | None = None, keys: tuple[RsaPublicKey, ...] = ()) -> Target:
    """Understand an address. `keys` replace those of the environment; an address of one's own needs some.

    Raises ValueError with a text that says what to write instead.
    """
    environment, _, number = text.partition(":")
    if environment in {"prod", "test"}:
        return _telegrams(environment, number, dc_id, keys)
    found = _OWN.fullmatch(text)
    if found is None or not 0 < int(found["port"]) < 65536:
        raise ValueError(f"{text!r} is neither prod nor test nor HOST:PORT")
    if not keys:
        raise ValueError(f"{text} must prove itself: name its public key with --key FILE.pem")
    return Target("own", dc_id or DEFAULT_DC, found["v6"] or found["host"], int(found["port"]), keys)


def _telegrams(environment: str, number: str, dc_id: int | None, keys: tuple[RsaPublicKey, ...]) -> Target:
    test_mode = environment == "test"
    known = addresses(test_mode=test_mode)
    wanted = number or str(dc_id or DEFAULT_DC)
    if not wanted.isdecimal() or int(wanted) not in known:
        raise ValueError(f"{environment} has the data centers {', '.join(map(str, known))}")
    address = known[int(wanted)]
    return Target(environment, address.dc_id, address.ipv4, address.port, keys or public_keys(test_mode=test_mode))
