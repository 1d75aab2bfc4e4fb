"""Each target takes any bytes. It returns or raises an error of the engine's own; anything else is a bug."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fuzz.crash_criteria import Target
from tests.fuzz.targets.account import client_account, client_snapshot
from tests.fuzz.targets.codec import decode, decode_result, round_trip
from tests.fuzz.targets.connection import client_session, server_session
from tests.fuzz.targets.envelope import envelope, plain_message, sealed
from tests.fuzz.targets.fake_tls import fake_tls
from tests.fuzz.targets.flow import flow
from tests.fuzz.targets.framing import framing
from tests.fuzz.targets.handshake import handshake_client, handshake_inner, handshake_server
from tests.fuzz.targets.proxy import proxies
from tests.fuzz.targets.schema import schema, schema_values
from tests.fuzz.targets.servers import data_center, old_layers, shared_key
from tests.fuzz.targets.simple_config import simple_config
from tests.fuzz.targets.text import json_text, json_value, links, rpc_error, snapshot
from tests.fuzz.targets.web_proxy import web_proxy

TARGETS: Mapping[str, Target] = {
    target.__name__: target
    for target in (
        decode,
        decode_result,
        round_trip,
        framing,
        envelope,
        sealed,
        plain_message,
        handshake_client,
        handshake_server,
        handshake_inner,
        client_session,
        server_session,
        client_account,
        client_snapshot,
        shared_key,
        data_center,
        old_layers,
        flow,
        schema,
        schema_values,
        rpc_error,
        links,
        json_text,
        json_value,
        snapshot,
        proxies,
        fake_tls,
        web_proxy,
        simple_config,
    )
}
