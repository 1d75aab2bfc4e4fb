"""A framing whose libraries are not installed names the extra that brings all of them."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

PROGRAM = """
import os, sys
sys.modules[sys.argv[1]] = None
from sansio_tl import Limits
from sansio_tl.framing import client_framing
from sansio_tl.role import Role
client_framing(sys.argv[2], entropy=os.urandom, now=0.0, host="a")(Role.CLIENT, Limits())
"""


def test_web_proxy_without_wsproto_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wsproto", None)
    monkeypatch.delitem(sys.modules, "sansio_tl.proxy.web_socket", raising=False)
    with pytest.raises(ImportError, match="^WEB proxies need wsproto. The extra websocket brings it"):
        importlib.import_module("sansio_tl.proxy.web_socket")


@pytest.mark.parametrize(("missing", "framing"), [("h11", "http"), ("h11", "websocket"), ("wsproto", "websocket")])
def test_missing_library_is_named_with_the_extra_of_the_framing(missing: str, framing: str) -> None:
    done = subprocess.run(
        (sys.executable, "-c", PROGRAM, missing, framing), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("sansio_tl.errors.protocol.LocalProtocolError: ")
    assert f"The extra {framing} brings" in last
    assert missing in last
