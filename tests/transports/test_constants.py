"""Sizes, bounds and versions of the adapters, the stores and the command line: files and users meet each of them."""

from __future__ import annotations

import datetime as dt
from importlib import import_module

import pytest

SIZES = {
    "_shared.connection_runner.FIRST_READ": 16_384,
    "_shared.connection_runner.READ_SIZE": 65_536,
    "cli.inspect.inputs._KEY_SIZE": 256,
    "cli.inspect.messages.NO_AUTH_KEY": bytes(8),
    "stores.encryption.KEY_SIZE": 32,
    "stores.encryption._HEADER": 25,
    "tracing.qlog._BLOCK": 65_536,
    "tracing.qlog_format._SIGN": 1 << 63,
    "tracing.qlog_format._UNSIGNED": 1 << 64,
    "trio._stream.BUFFER_SIZE": 262_144,
    "web_proxy._TARGET_READ_SIZE": 16_384,
    "web_proxy._WRITE_SIZE": 16_384,
}
"""In bytes, and powers of two."""
BOUNDS = {
    "_shared.acceptor.MAX_CONNECTIONS": 10_000,
    "_shared.escape_text.MAX_SHOWN": 4000,
    "_shared.login.MAX_RESTARTS": 3,
    "_shared.login.MAX_WRONG": 5,
    "cli.bench.command.ROUNDS": 15,
    "cli.certificate._LIFETIME": dt.timedelta(days=30),
    "cli.certificate._SKEW": dt.timedelta(hours=1),
    "cli.inputs._MAX_API_ID": 2_147_483_647,
    "cli.inspect.describe.MANY": 24,
    "cli.inspect.dump.LONGEST_VALUE": 72,
    "cli.inspect.dump.SHOWN_BYTES": 8,
    "cli.inspect.error.MANY": 24,
    "cli.inspect.output.NARROW": 32,
    "cli.inspect.schema_index._RARE": 16,
    "cli.inspect.search.MANY": 24,
    "cli.login.TRIES": 3,
    "cli.session_file.MAX_SIZE": 1_048_576,
    "cli.terminal.TRIES": 3,
    "cli.web_probe.MAX_HEADER": 8192,
    "fleet._fleet._FEWEST_OPENERS": 4,
    "fleet._fleet._TIME_TO_OPEN": 0.25,
    "fleet._limited_store.MAX_CALLS": 16,
    "fleet._pacer._CATCH_UP": 0.1,
    "session_files.sqlite._MAX_ROWS": 64,
    "session_files.sqlite._MAX_STEPS": 1_000_000,
    "session_files.sqlite._MAX_VALUE": 1_048_576,
    "session_files.sqlite._STEPS_AT_ONCE": 1000,
    "stores.base.MAX_DATA": 1_048_576,
    "stores.base.MAX_NAME": 64,
    "stores.base.MAX_OWNER": 256,
    "stores.document.MAX_LOST": 16,
    "stores.encryption._SHOWN": 5,
    "stores.postgres._PATIENCE": 2,
    "sync._worker._FEW": 64,
    "testing.event_log._SHOWN": 20,
    "tracing.descriptions._MAX_TEXT": 500,
    "tracing.html.MAX_EVENTS": 20_000,
    "tracing.otel.MAX_SPANS": 10_000,
    "tracing.otel._DURATION_BUCKETS": (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),
    "tracing.qlog._MAX_RECORD": 1_048_576,
    "web_proxy.MAX_WEB_CONNECTIONS": 1000,
}
VERSIONS = {
    "session_files.kurigram._VERSION": 7,
    "session_files.mtcute._MIGRATIONS": (("auth_keys", 1), ("kv", 1)),
    "session_files.pyrogram._VERSION": 3,
    "session_files.telethon._VERSION": 8,
    "stores.document.SCHEMA": 1,
    "stores.files._VERSION": 1,
    "stores.sqlite._VERSION": 1,
}
"""Of the files that are written."""
MODES = {"cli.session_file.MODE": 0o600, "session_files.sqlite._MODE": 0o600, "stores.files._MODE": 0o600}
"""Permissions: of the owner only."""
CODES = {
    "_shared.connect_options._USUAL_PORTS": frozenset({80, 443}),
    "cli.help.INTERRUPTED": 130,
    "cli.web_probe._OF_DATA_CENTERS": frozenset({400, 404, 405}),
    "cli.web_probe._TRANSPORT_ERRORS": frozenset({-404, -429, -444}),
    "stores.sqlite._APPLICATION": 0x53544C53,
}
"""Of protocols, and of the system."""


@pytest.mark.parametrize(("name", "value"), (SIZES | BOUNDS | VERSIONS | MODES | CODES).items())
def test_constant_has_its_published_value(name: str, value: object) -> None:
    module, _, constant = name.rpartition(".")
    found = getattr(import_module(f"sansio_tl_transports.{module}"), constant)
    assert (found, type(found)) == (value, type(value))
