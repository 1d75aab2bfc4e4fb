"""Fake TLS beside Kurigram's: the same shape of ClientHello, and each side accepts the other's hello."""

from __future__ import annotations

import os
import subprocess
import time

import pytest

from sansio_tl.framing import ProxySecret, SecretKind
from sansio_tl.framing.fake_tls import FakeTlsServer
from sansio_tl.framing.hello_profiles import BROWSER
from tests.framing.hellos import read
from tests.interop.client_environments import KURIGRAM, PROGRAMS

pytestmark = [pytest.mark.interop, pytest.mark.peers]
SECRET = ProxySecret(SecretKind.FAKE_TLS, bytes(range(16)), "example.org")
COUNT = 8


def test_kurigram_sends_the_hello_of_the_browser_profile_and_accepts_the_answer() -> None:
    if not KURIGRAM.ready:
        pytest.fail("Kurigram is not installed: make interop-deps")
    program = str(PROGRAMS / "kurigram_hellos.py")
    command = [KURIGRAM.command()[0], program, str(COUNT), str(SECRET.host)]
    with subprocess.Popen(
        command, cwd=KURIGRAM.directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(SECRET.key.hex() + "\n")
        process.stdin.flush()
        answers = []
        for _ in range(COUNT):
            hello = bytes.fromhex(process.stdout.readline())
            assert read(hello, BROWSER)["0000.0.1.0"] == [b"example.org"]
            server = FakeTlsServer(secrets=[SECRET], entropy=os.urandom, now=time.time())
            server.receive_data(hello)
            answers.append(server.data_to_send())
            assert answers[-1][81:89].hex() == "0033046411ec0460"
        forged = bytearray(answers[-1])
        forged[-1] ^= 1
        answers[-1] = bytes(forged)
        process.stdin.write("".join(answer.hex() + "\n" for answer in answers))
        process.stdin.close()
        assert process.stdout.read().split() == ["True"] * (COUNT - 1) + ["False"]
