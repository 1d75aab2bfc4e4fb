"""No object reachable from a client, a server or a login has a secret in its repr: keys, codes, passwords, proofs."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import Connection, functions, types
from sansio_tl.connection.server import ServerConfig, ServerConnection
from sansio_tl.framing import ProxySecret
from sansio_tl.framing.factory import through_proxy
from tests.flow_scenarios.object_graph import classes, drawn, forms, leaks
from tests.flow_scenarios.scenarios import SCENARIOS, Scenario
from tests.flow_scenarios.test_secrets import NO_SECRETS, Glass
from tests.helpers.connected_pair import NOW, ConnectedPair, client_config
from tests.helpers.entropy import SeededEntropy
from tests.helpers.flow_state import secrets_of
from tests.helpers.rsa_key import rsa_key

PROXY = ProxySecret.parse("ee" + "a1b2c3d4" * 4 + b"example.org".hex())
CODE = "the code that was sent"


@pytest.mark.parametrize("lifetime", [None, 3600])
def test_connection_never_has_a_secret_in_a_repr(lifetime: int | None) -> None:
    secrets: list[Any] = [PROXY.key, CODE, *private_numbers()]
    entropy = {name: drawn(SeededEntropy(name), secrets) for name in ("client", "framing", "server")}

    def framing(role: Any, limits: Any) -> Any:
        return through_proxy(PROXY, limits, name="obfuscated", entropy=entropy["framing"], now=NOW, dc=2)

    pair = ConnectedPair(temporary_key_lifetime=lifetime, proxy_secrets=(PROXY,))
    pair.client = Connection(
        client_config(framing=framing, temporary_key_lifetime=lifetime), entropy=entropy["client"], now=NOW
    )
    config = ServerConfig(private_keys=(rsa_key(),), proxy_secrets=(PROXY,))
    pair.server = ServerConnection(config, pair.keys, entropy=entropy["server"], now=NOW)
    roots = [pair]
    seen: set[str] = set()

    def look() -> None:
        secrets.extend(keys_of(pair))
        nonlocal seen
        seen |= classes(roots)
        assert not leaks(roots, secrets)

    function = functions.auth.SignIn(phone_number="+99966123456", phone_code_hash="hash", phone_code=CODE)
    pair.client.invoke(function, now=NOW)
    look()
    for _ in range(20):
        up = pair.client.data_to_send(now=NOW)
        look()
        pair.server.receive_data(up, now=NOW)
        look()
        while (event := pair.server.next_event()) is not None:
            pair.server_events.append(event)
            request = getattr(event, "request", None)
            if request is not None:
                look()
                result = types.auth.Authorization(user=types.UserEmpty(id=1), future_auth_token=CODE.encode())
                pair.server.send_result(request, result, now=NOW)
        down = pair.server.data_to_send(now=NOW)
        look()
        pair.client.receive_data(down, now=NOW)
        look()
        while (event := pair.client.next_event()) is not None:
            pair.events.append(event)
        look()
    assert {"AuthKey", "KeyRecord", "ServerSession", "ClientSession", "IncomingRequest", "ProxySecret"} <= seen


def private_numbers() -> list[bytes]:
    """Of the data center's RSA key."""
    key = rsa_key()
    return [number.to_bytes(256, "big").lstrip(b"\0") for number in (key.d, key.p, key.q)]


def keys_of(pair: ConnectedPair) -> list[bytes]:
    """The auth keys that are known by now, and the salts."""
    salts = (pair.client.session.salts.current, *(record.salt(NOW) for record in pair.keys.values()))
    known = [salt for salt in salts if salt]
    return [record.auth_key.key for record in pair.keys.values()] + [
        salt.to_bytes(8, "little", signed=True) for salt in known
    ]


COMMON = {"password", b"password"}
"""The sandbox's password, which stands in the names of many things."""


class Clear(Glass):
    """An environment that checks every reachable object, with requests pending and answered."""

    async def run(self, flow: Any, device: str = "phone") -> Any:
        owner = self.device(device)
        cluster, until = self.cluster, self.cluster.until
        found: set[tuple[str, str]] = getattr(self, "found", set())
        self.found = found
        more: list[Any] = getattr(self, "more", [])
        self.more = more

        def looked(done: Any) -> None:
            look()
            until(done)
            look()

        def look() -> None:
            more.extend(
                value
                for name, value in secrets_of(flow).items()
                if name not in NO_SECRETS and isinstance(value, str | bytes)
            )
            trial, proof = secrets_of(flow).get("srp"), secrets_of(flow).get("proof")
            if trial is not None:
                more.append(trial.exponent)
            if isinstance(proof, types.InputCheckPasswordSRP):
                more.extend((proof.A, proof.M1))
            keys = [auth_key.key for auth_key in owner.client.auth_keys.values()]
            found.update(
                leaks([owner.client, flow, *cluster.data_centers.values()], {*more, *keys, *self.secrets} - COMMON)
            )

        cluster.until = looked  # type: ignore[method-assign]
        try:
            return await super().run(flow, device)
        finally:
            look()
            del cluster.until


@pytest.mark.parametrize(
    "scenario", [scenario for scenario in SCENARIOS if scenario.flows], ids=lambda scenario: scenario.name
)
def test_no_object_of_a_login_has_a_secret_in_its_repr(scenario: Scenario) -> None:
    env = Clear(**scenario.settings)
    env.run_scenario(scenario)
    assert not env.found


def test_leak_in_a_repr_is_detected() -> None:
    class Careless:
        def __init__(self, form: str) -> None:
            self.form = form

        def __repr__(self) -> str:
            return f"Careless({self.form})"

    Careless.__module__ = "sansio_tl.careless"
    secret = bytes(range(200, 232))
    for form in forms(secret):
        ((name, _),) = leaks([{"x": [(Careless(form),)]}], [secret])
        assert name.startswith("sansio_tl.careless")
