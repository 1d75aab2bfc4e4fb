"""Framings by name, all served on one port."""

from __future__ import annotations

import pytest

from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import AutoDetectFraming, ProxySecret, SecretKind
from sansio_tl.framing.factory import FRAMINGS, client_framing
from sansio_tl.limits import Limits
from sansio_tl.role import Role
from tests.framing.helpers import deliver, exchange
from tests.helpers.entropy import SeededEntropy

NOW = 1_700_000_000.0
KEY = bytes(range(16))
SECRETS = (
    ProxySecret(SecretKind.PLAIN, KEY),
    ProxySecret(SecretKind.PADDED, KEY[::-1]),
    ProxySecret(SecretKind.FAKE_TLS, KEY[8:] + KEY[:8], "example.org"),
)
KINDS = {"obfuscated": "obfuscated intermediate", "websocket": "websocket obfuscated intermediate"}


@pytest.mark.parametrize("name", FRAMINGS)
@pytest.mark.parametrize("secret", [None, *SECRETS], ids=lambda secret: secret.kind.value if secret else "no proxy")
def test_auto_detection_serves_every_framing_with_every_proxy_secret(name: str, secret: ProxySecret | None) -> None:
    server = AutoDetectFraming(entropy=SeededEntropy(1), secrets=SECRETS, now=NOW)
    if secret is not None and not name.startswith("obfuscated"):
        with pytest.raises(LocalProtocolError, match="MTProxy"):
            client_framing(name, entropy=SeededEntropy(), now=NOW, secret=secret)
        return
    make = client_framing(name, entropy=SeededEntropy(), now=NOW, host="dc.example", dc=2, secret=secret)
    client = make(Role.CLIENT, Limits())
    for _ in range(3):  # as many turns as the longest hello takes
        deliver(client, server)
        deliver(server, client)
    exchange(client, server, [b"K" * 40, b"L" * 56])
    kind = KINDS.get(name, name)
    if secret is not None and secret.kind is not SecretKind.PLAIN:
        kind = "obfuscated padded"
    if secret is not None and secret.kind is SecretKind.FAKE_TLS:
        kind = f"fake TLS {kind}"
    assert server.kind == client.kind == kind


def test_unknown_framing_name_and_server_role_are_refused() -> None:
    with pytest.raises(LocalProtocolError, match="invalid framing: found 'carrier pigeon'"):
        client_framing("carrier pigeon", entropy=SeededEntropy(), now=NOW)
    with pytest.raises(LocalProtocolError, match="AutoDetectFraming"):
        client_framing("full", entropy=SeededEntropy(), now=NOW)(Role.SERVER, Limits())
