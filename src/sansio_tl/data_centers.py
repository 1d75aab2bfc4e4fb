"""Telegram's data centers: their addresses and RSA keys.

These are the built-in addresses of official clients; help.getConfig returns the current ones (dcOption). A client
without an account starts at data center 2; PHONE_MIGRATE_X leads to the others. The test environment is separate, with
accounts of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sansio_tl.crypto.rsa import RsaPublicKey

__all__ = [
    "DEFAULT_DC",
    "PORT",
    "PRODUCTION",
    "PRODUCTION_KEY_PEM",
    "SIMPLE_CONFIG_DOMAIN",
    "SIMPLE_CONFIG_KEY_PEM",
    "TEST",
    "TEST_KEY_PEM",
    "TEST_SIMPLE_CONFIG_DOMAIN",
    "WEB_HOSTS",
    "Address",
    "addresses",
    "public_keys",
    "simple_config_key",
]

PORT = 443
"""All data centers listen here (and on 80 and 5222)."""

DEFAULT_DC = 2


@dataclass(frozen=True, slots=True)
class Address:
    """One data center of one environment."""

    dc_id: int
    ipv4: str
    ipv6: str
    port: int = PORT


def _by_id(*addresses: Address) -> Mapping[int, Address]:
    return MappingProxyType({address.dc_id: address for address in addresses})


PRODUCTION = _by_id(
    Address(1, "149.154.175.50", "2001:b28:f23d:f001::a"),
    Address(2, "149.154.167.51", "2001:67c:4e8:f002::a"),
    Address(3, "149.154.175.100", "2001:b28:f23d:f003::a"),
    Address(4, "149.154.167.91", "2001:67c:4e8:f004::a"),
    Address(5, "149.154.171.5", "2001:b28:f23f:f005::a"),
)

TEST = _by_id(
    Address(1, "149.154.175.10", "2001:b28:f23d:f001::e"),
    Address(2, "149.154.167.40", "2001:67c:4e8:f002::e"),
    Address(3, "149.154.175.117", "2001:b28:f23d:f003::e"),
)

WEB_HOSTS: Mapping[int, str] = MappingProxyType(
    {
        1: "pluto.web.telegram.org",
        2: "venus.web.telegram.org",
        3: "aurora.web.telegram.org",
        4: "vesta.web.telegram.org",
        5: "flora.web.telegram.org",
    }
)
"""Where the production data centers accept WebSockets over TLS, by their ids: certificates have these names. See
https://core.telegram.org/mtproto/transports#uri-format."""

PRODUCTION_KEY_PEM = """\
-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEA6LszBcC1LGzyr992NzE0ieY+BSaOW622Aa9Bd4ZHLl+TuFQ4lo4g
5nKaMBwK/BIb9xUfg0Q29/2mgIR6Zr9krM7HjuIcCzFvDtr+L0GQjae9H0pRB2OO
62cECs5HKhT5DZ98K33vmWiLowc621dQuwKWSQKjWf50XYFw42h21P2KXUGyp2y/
+aEyZ+uVgLLQbRA1dEjSDZ2iGRy12Mk5gpYc397aYp438fsJoHIgJ2lgMv5h7WY9
t6N/byY9Nw9p21Og3AoXSL2q/2IJ1WRUhebgAdGVMlV1fkuOQoEzR7EdpqtQD9Cs
5+bfo3Nhmcyvk5ftB0WkJ9z6bNZ7yxrP8wIDAQAB
-----END RSA PUBLIC KEY-----
"""
"""Fingerprint d09d1d85de64fd85."""

TEST_KEY_PEM = """\
-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAyMEdY1aR+sCR3ZSJrtztKTKqigvO/vBfqACJLZtS7QMgCGXJ6XIR
yy7mx66W0/sOFa7/1mAZtEoIokDP3ShoqF4fVNb6XeqgQfaUHd8wJpDWHcR2OFwv
plUUI1PLTktZ9uW2WE23b+ixNwJjJGwBDJPQEQFBE+vfmH0JP503wr5INS1poWg/
j25sIWeYPHYeOrFp/eXaqhISP6G+q2IeTaWTXpwZj4LzXq5YOpk4bYEQ6mvRq7D1
aHWfYmlEGepfaYR8Q0YqvvhYtMte3ITnuSJs171+GDqpdKcSwHnd6FudwGO4pcCO
j4WcDuXc2CTHgH8gFTNhp/Y8/SpDOhvn9QIDAQAB
-----END RSA PUBLIC KEY-----
"""
"""Fingerprint b25898df208d2603."""

SIMPLE_CONFIG_KEY_PEM = """\
-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAyr+18Rex2ohtVy8sroGPBwXD3DOoKCSpjDqYoXgCqB7ioln4eDCF
fOBUlfXUEvM/fnKCpF46VkAftlb4VuPDeQSS/ZxZYEGqHaywlroVnXHIjgqoxiAd
192xRGreuXIaUKmkwlM9JID9WS2jUsTpzQ91L8MEPLJ/4zrBwZua8W5fECwCCh2c
9G5IzzBm+otMS/YKwmR1olzRCyEkyAEjXWqBI9Ftv5eG8m0VkBzOG655WIYdyV0H
fDK/NWcvGqa0w/nriMD6mDjKOryamw0OP9QuYgMN0C9xMW9y8SmP4h92OAWodTYg
Y1hZCxdv6cs5UnW9+PWvS+WIbkh+GaWYxwIDAQAB
-----END RSA PUBLIC KEY-----
"""
"""Opens help.configSimple, of both environments: `sansio_tl.client.ConfigFallback`."""

SIMPLE_CONFIG_DOMAIN = "apv3.stel.com"
TEST_SIMPLE_CONFIG_DOMAIN = "tapv3.stel.com"
"""Their TXT records are help.configSimple."""


def addresses(*, test_mode: bool = False) -> Mapping[int, Address]:
    """Data center id -> address, of the production or the test environment."""
    return TEST if test_mode else PRODUCTION


@cache
def public_keys(*, test_mode: bool = False) -> tuple[RsaPublicKey, ...]:
    """The keys by which the data centers of the environment prove their identity (HS4)."""
    from sansio_tl.crypto.rsa import RsaPublicKey

    return (RsaPublicKey.from_pem(TEST_KEY_PEM if test_mode else PRODUCTION_KEY_PEM),)


@cache
def simple_config_key() -> RsaPublicKey:
    """The key with which help.configSimple is published (MS50)."""
    from sansio_tl.crypto.rsa import RsaPublicKey

    return RsaPublicKey.from_pem(SIMPLE_CONFIG_KEY_PEM)
