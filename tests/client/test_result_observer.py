"""Results are observed wherever they may hold an authorization or a user."""

from __future__ import annotations

import pytest

from sansio_tl import Endpoint, types
from sansio_tl.client.result_observer import authorization_in, endpoints_in, observed_types
from tests.helpers.in_memory_network import sample

GRANTED = types.auth.Authorization(user=types.UserEmpty(7))
SENT = types.auth.SentCodeSuccess(GRANTED)


@pytest.mark.parametrize(
    "answer",
    [GRANTED, SENT, types.auth.LoginTokenSuccess(GRANTED), types.account.EmailVerifiedLogin("a@example.org", SENT)],
)
def test_results_with_an_authorization_are_observed(answer: object) -> None:
    assert authorization_in(answer) == GRANTED
    assert type(answer) in observed_types()


def test_other_results_are_not_observed() -> None:
    answer = types.NearestDc(country="NL", this_dc=2, nearest_dc=2)
    assert authorization_in(answer) is None
    assert type(answer) not in observed_types()


@pytest.mark.parametrize(("port", "kept"), [(-1, False), (0, False), (1, True), (65535, True), (65536, False)])
def test_MS42_address_with_an_impossible_port_is_left_out(port: int, *, kept: bool) -> None:

    option = types.DcOption(id=2, ip_address="149.154.167.51", port=port)
    found = endpoints_in(sample(types.Config, dc_options=[option]), ipv6=True)
    assert found == ({2: (Endpoint("149.154.167.51", port),)} if kept else {})


def test_MS42_addresses_that_a_client_cannot_use_are_left_out() -> None:
    unusable = [
        types.DcOption(id=2, ip_address="149.154.167.51", port=1, cdn=True),
        types.DcOption(id=2, ip_address="149.154.167.51", port=2, tcpo_only=True),
        types.DcOption(id=2, ip_address="149.154.167.51", port=3, secret=b""),
        types.DcOption(id=0, ip_address="149.154.167.51", port=4),
        types.DcOption(id=1001, ip_address="149.154.167.51", port=5),
        types.DcOption(id=2, ip_address="dc.example", port=6),
    ]
    six = types.DcOption(id=2, ip_address="2001:db8::1", port=7)
    media = types.DcOption(id=2, ip_address="149.154.167.51", port=8, media_only=True)
    usable = types.DcOption(id=2, ip_address="149.154.167.51", port=9)
    config = sample(types.Config, dc_options=[*unusable, media, six, usable])
    known = (Endpoint("149.154.167.51", 9), Endpoint("149.154.167.51", 8, media_only=True))
    assert endpoints_in(config, ipv6=False) == {2: known}
    assert endpoints_in(config, ipv6=True) == {2: (Endpoint("2001:db8::1", 7), *known)}


@pytest.mark.parametrize("count", [16, 17])
def test_MS42_sixteen_addresses_of_a_data_center_are_kept(count: int) -> None:
    options = [types.DcOption(id=2, ip_address="149.154.167.51", port=port) for port in range(1, count + 1)]
    found = endpoints_in(sample(types.Config, dc_options=options), ipv6=True)
    assert [endpoint.port for endpoint in found[2]] == list(range(1, 17))
