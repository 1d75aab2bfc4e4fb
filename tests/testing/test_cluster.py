from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.errors import LocalProtocolError
from sansio_tl.testing import Cluster, DataCenter, mailbox
from sansio_tl.tl.objects import Function
from tests.helpers.data_center_state import state_of
from tests.helpers.direct_client import CODE, NOW, PHONE, DirectClient, send_code
from tests.helpers.entropy import SeededEntropy


def test_second_data_center_of_a_number_is_refused() -> None:
    cluster = Cluster()
    DirectClient(cluster=cluster)
    with pytest.raises(LocalProtocolError, match="2 exists already"):
        DirectClient(cluster=cluster)


def test_each_data_center_lists_all_of_the_cluster() -> None:
    cluster = Cluster()
    here, there = DirectClient(cluster=cluster), DirectClient(cluster=cluster, dc_id=4)
    there.data_center.announce("127.0.0.1", 4444)
    config = here.call(functions.help.GetConfig())
    assert isinstance(config, types.Config)
    assert [(option.id, option.port) for option in config.dc_options] == [(2, 443), (4, 4444)]
    assert config.this_dc == 2


def test_data_centers_share_sandbox_accounts() -> None:
    cluster = Cluster()
    here, there = DirectClient(cluster=cluster), DirectClient(cluster=cluster, dc_id=4)
    there.call(send_code("9996640001"))
    account = cluster.accounts.with_number("9996640001")
    assert account is not None
    assert account.dc_id == 4
    assert isinstance(here.error_of(send_code("9996640001")), errors.PhoneMigrate)
    assert len(cluster.accounts) == 1


def test_email_addresses_are_shown_as_patterns() -> None:
    assert mailbox.pattern("ada@example.org") == "a***a@example.org"
    assert mailbox.pattern("a@example.org") == "a***@example.org"


def test_repr_of_a_cluster_hides_its_contents() -> None:
    client = DirectClient()
    client.data_center.add_account(
        "491700000001", first_name="Ada", email="ada@example.org", login_email="ada@example.org"
    )
    client.data_center.add_bot("7:secret-token")
    client.data_center.make_web_token(client.data_center.add_account("491700000002"), now=NOW)
    client.send_code("9996623012")
    client.call(functions.auth.ExportLoginToken(1, "hash", []))
    cluster = client.data_center.cluster
    shown = repr(
        (
            cluster,
            list(cluster.accounts),
            cluster.login_tokens.values(),
            state_of(client.data_center),
            client.events(),
        )
    )
    for secret in ("491700000001", "Ada", "example.org", "secret-token", "222222", *cluster.web_tokens):
        assert secret not in shown
    for token in cluster.login_tokens.secrets():
        assert repr(token)[2:-1] not in shown


def test_code_limit_gives_a_flood_wait() -> None:
    client = DirectClient(code_limit=3, code_limit_period=3600.0)
    for _ in range(3):
        client.call(send_code(PHONE))
        client.now += 60
    error = client.error_of(send_code(PHONE))
    assert isinstance(error, errors.FloodWait)
    assert error.seconds == 3600 - 180
    client.call(send_code("9996620008"))
    client.now = NOW + 3600
    client.call(send_code(PHONE))
    assert isinstance(client.error_of(send_code(PHONE)), errors.FloodWait)


def test_bot_token_used_twice_is_refused() -> None:
    data_center = DataCenter(entropy=SeededEntropy("bots"), now=NOW)
    data_center.add_bot("7:token")
    with pytest.raises(LocalProtocolError):
        data_center.add_bot("7:token")


@pytest.mark.parametrize(
    ("suffix", "wrapper"),
    [
        ("1012", functions.InvokeWithReCaptcha),
        ("1013", functions.InvokeWithGooglePlayIntegrity),
        ("1014", functions.InvokeWithApnsSecret),
    ],
)
def test_challenge_is_answered_in_its_wrapper(suffix: str, wrapper: type[Function[Any]]) -> None:
    client, query = DirectClient(), send_code("999662" + suffix)
    fields = {"nonce": "embedded"} if "nonce" in wrapper.__struct_fields__ else {}
    secret = "secret" if "secret" in wrapper.__struct_fields__ else "token"
    challenge = client.error_of(query)
    assert challenge.code == 403
    empty = wrapper(**fields | {secret: "", "query": query})
    with pytest.raises(type(challenge)):
        client.call(query, wrappers=(empty,))
    proof = wrapper(**fields | {secret: "proof", "query": query})
    sent = client.call(query, wrappers=(functions.InvokeWithoutUpdates(query=proof), proof))
    assert isinstance(sent, types.auth.SentCode)
    result = client.call(functions.auth.SignIn("999662" + suffix, sent.phone_code_hash, CODE))
    assert isinstance(result, types.auth.Authorization)
