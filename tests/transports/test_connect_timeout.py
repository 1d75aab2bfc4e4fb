"""The timeout of `connect` bounds all of it: the abandoned socket is closed without a closing handshake."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from tests.helpers.adapters import Adapter, each_adapter
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import raw_server

CLOSE_TIMEOUT = 20.0
"""Seconds that closing would take with a peer which does not close."""


@each_adapter
@pytest.mark.parametrize("settings", [{}, {"framing": "http"}], ids=["TCP", "HTTP"])
def test_closing_waits_for_the_peer_no_longer_than_the_timeout(
    adapter: Adapter, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter.close_timeout_module, "CLOSE_TIMEOUT", CLOSE_TIMEOUT)
    over = threading.Event()

    async def scenario() -> None:
        with raw_server(lambda _: over.wait()) as address:
            began = time.monotonic()
            try:
                with pytest.raises(TimeoutError, match=r"no connection with .* within 0\.2 s"):
                    async with adapter.connect(address, client_config(), timeout=0.2, **settings):
                        pass
                assert time.monotonic() - began < CLOSE_TIMEOUT
            finally:
                over.set()

    adapter.run(scenario)
