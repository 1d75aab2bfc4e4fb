from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest

from sansio_tl import ClientConfig, Config, Endpoint, data_centers
from sansio_tl.crypto.dh import power


@pytest.mark.parametrize(
    ("test_mode", "fingerprint"), [(False, "d09d1d85de64fd85"), (True, "b25898df208d2603")], ids=["production", "test"]
)
def test_fingerprints_of_the_public_keys_are_those_that_servers_announce(test_mode: bool, fingerprint: str) -> None:
    (key,) = data_centers.public_keys(test_mode=test_mode)
    assert f"{key.fingerprint & (1 << 64) - 1:016x}" == fingerprint
    assert (key.n.bit_length(), key.e) == (2048, 65537)


@pytest.mark.parametrize(("test_mode", "ids"), [(False, [1, 2, 3, 4, 5]), (True, [1, 2, 3])])
def test_addresses_are_complete_and_well_formed(test_mode: bool, ids: list[int]) -> None:
    addresses = data_centers.addresses(test_mode=test_mode)
    assert list(addresses) == ids
    for dc_id, address in addresses.items():
        assert address.dc_id == dc_id
        assert IPv4Address(address.ipv4).is_global
        assert IPv6Address(address.ipv6).is_global
        assert address.port == 443
    assert len({address.ipv4 for address in addresses.values()}) == len(ids)


def test_every_production_data_center_has_a_host_for_web_sockets() -> None:
    assert data_centers.WEB_HOSTS.keys() == data_centers.PRODUCTION.keys()
    assert len(set(data_centers.WEB_HOSTS.values())) == 5
    endpoints = {dc_id: (Endpoint(host, 443),) for dc_id, host in data_centers.WEB_HOSTS.items()}
    assert all(host.endswith(".web.telegram.org") for host in data_centers.WEB_HOSTS.values())
    assert ClientConfig(connection_config=Config(api_id=1), endpoints=endpoints).initial_endpoints() == endpoints


def test_public_keys_encrypt() -> None:
    (key,) = data_centers.public_keys()
    assert 0 < power(2, key.e, key.n) < key.n
