"""Sizes and bounds of the engine that no setting changes: peers and callers meet each of them."""

from __future__ import annotations

from importlib import import_module

import pytest

CLIENT = {
    "auth.log_out._MAX_TOKEN_SIZE": 1024,
    "auth.srp_job._MIN_SERVER_SALT": 8,
    "auth.srp_job._NEW_SALT_SIZE": 32,
    "client.backoff.MAX_FAILURES": 32,
    "client.known_floods.MAX_FLOODS": 1000,
    "client.known_floods.MAX_SECONDS": 86_400,
    "client.snapshot.VERSION": 2,
    "client.snapshot._LONGEST_KEY": 256,
    "errors.parsing._MAX_TEXT": 256,
    "errors.rpc._MAX_SHOWN": 200,
    "hosts._MAX_NAME": 253,
    "session_strings.gramjs._MAX_ADDRESS": 100,
    "session_strings.gramjs._MAX_PORT": 32_767,
}
CRYPTO = {
    "crypto.dh._MARGIN": 1 << 1984,
    "crypto.factorization.MAX_STEPS": 1_048_576,
    "crypto.factorization.MAX_WALKS": 32,
    "crypto.factorization._BATCH": 128,
    "crypto.factorization._SLICE": 16,
    "crypto.modular._SHORT_EXPONENT_BITS": 64,
    "crypto.modular._WINDOW_BITS": 5,
    "crypto.primes._MAX_CANDIDATES": 65_536,
    "crypto.primes._RANDOM_ROUNDS": 16,
    "crypto.rsa._MAX_TRIES": 128,
    "crypto.srp._MAX_TRIES": 64,
    "crypto.srp._MIN_B_SIZE": 248,
}
FRAMING = {
    "framing.fake_tls._MAX_RECEIVED": 16_640,
    "framing.fake_tls._MAX_SENT": 16_401,
    "framing.full._BARE_CODES": range(-999, 0),
    "framing.hello_profile.MAX_HELLO_SIZE": 4096,
    "framing.hello_profile._MAX_RECORD": 16_640,
    "framing.hello_profiles._FULL_RECORD": 16_401,
    "framing.hello_profiles._OFFICIAL_RECORD": 2878,
    "framing.hello_writer._MAX_DRAWS": 100,
    "framing.http11._MAX_CHUNKS": 1024,
    "framing.http11._MAX_INFORMATIONAL": 8,
    "framing.http_client._FIRST_ERROR_STATUS": 300,
    "framing.http_server._MAX_PIPELINED": 64,
    "framing.key_shares._MAX_DRAWS": 100,
    "framing.obfuscated._MAX_DRAWS": 100,
    "framing.padded._CODE_PADDING": 7,
    "framing.padded._LITTLE_PADDING": 3,
    "framing.proxy_secret._MAX_HOST_SIZE": 182,
    "framing.seen_hellos._KEPT": 16,
    "framing.tls_hello._AHEAD": 1200,
    "framing.tls_hello._BEHIND": 600,
    "framing.websocket._MAX_EMPTY_FRAMES": 1024,
}
PROXY = {
    "proxy.socks5._MAX_TEXT": 255,
    "proxy.web_address._MAX_PATH": 128,
    "proxy.web_carriers._MAX_ATTEMPTS": 4,
    "proxy.web_carriers._MAX_QUEUED": 524_288,
    "proxy.web_frames.GRANT": 262_144,
    "proxy.web_frames.MAX_BATCH": 2_097_152,
    "proxy.web_frames.MAX_DATA": 65_536,
    "proxy.web_frames.MAX_FRAMES": 4096,
    "proxy.web_frames.MAX_PAYLOAD": 1_048_576,
    "proxy.web_frames.MAX_STREAM": 16_777_215,
    "proxy.web_frames.WINDOW": 4_194_304,
    "proxy.web_frames._MAX_PING": 1024,
    "proxy.web_relay._MAX_AHEAD": 65_536,
    "proxy.web_relay._MAX_IGNORED": 8_388_608,
    "proxy.web_relay._MAX_OPENING": 1024,
    "proxy.web_relay._TOKEN_SIZE": 32,
    "proxy.web_socket._MAX_FRAMES": 1024,
    "proxy.web_streams._MAX_CREDIT": 1 << 32,
    "proxy.web_streams._MAX_IDS": 4096,
    "proxy.web_streams._MAX_PONGS": 64,
}
MTPROTO = {
    "mtproto.client.clock_sync._EARLY_KEPT": 256,
    "mtproto.client.quick_acks._KEPT": 1024,
    "mtproto.client.request_trace.MAX_CONTENT": 4096,
    "mtproto.client.service_messages._SERVER_SESSIONS_KEPT": 64,
    "mtproto.client.session._OVERHEAD": 512,
    "mtproto.client.session._RETIRED_SESSIONS": 4,
    "mtproto.connection_trace._MAX_QUERIES": 10_000,
    "mtproto.container._LEAST": 4096,
    "mtproto.container._SMALL": 16_384,
    "mtproto.envelope._MAX_PADDING": 1024,
    "mtproto.envelope._MIN_PADDING": 12,
    "mtproto.message_kinds._MAX_REFERENCES": 32,
    "mtproto.send_queue.OVERHEAD": 512,
    "mtproto.server.handshake.MAX_PADDING": 255,
    "mtproto.server.handshake.PQ_PRIME_BITS": 31,
    "mtproto.server.handshake._MAX_INVALID_INNER_DATA": 8,
    "mtproto.server.key_store._SPARE": 64,
    "mtproto.server.message_filter._CONTAINERS": 64,
}


@pytest.mark.parametrize(("name", "value"), (CLIENT | CRYPTO | FRAMING | PROXY | MTPROTO).items())
def test_constant_has_its_published_value(name: str, value: object) -> None:
    module, _, constant = name.rpartition(".")
    found = getattr(import_module(f"sansio_tl.{module}"), constant)
    assert (found, type(found)) == (value, type(value))
