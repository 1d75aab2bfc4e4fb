"""Kurigram's WEB proxy beside ours: its client passes through our relay, and both write the same frames and proofs.

It has no server role, so our client cannot pass through a relay of Kurigram's.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from sansio_tl.framing import ProxySecret
from sansio_tl.proxy import WebAddress
from sansio_tl.proxy.web_frames import FrameType, WebFrame, read_batch, window
from sansio_tl.proxy.web_relay import WebRelayConfig
from sansio_tl.testing import DataCenter, DataCenterConfig
from sansio_tl_transports.asyncio import serve
from sansio_tl_transports.web_proxy import serve_web_proxy
from tests.helpers.rsa_key import rsa_key
from tests.interop.client_environments import KURIGRAM, PROGRAMS
from tests.transports.certificates import certificate_for, server_context

pytestmark = [pytest.mark.interop, pytest.mark.peers]
HOST = "relay.example.org"
PLAIN = "000102030405060708090a0b0c0d0e0f"
RES_PQ = "05162463"


def kurigram() -> str:
    if not KURIGRAM.ready:
        pytest.fail("Kurigram is not installed: make interop-deps")
    return KURIGRAM.command()[0]


@pytest.mark.parametrize("secret", [PLAIN, f"dd{PLAIN}"], ids=["plain", "dd"])
def test_kurigram_client_passes_through_our_relay(secret: str, tmp_path: Path) -> None:
    interpreter = kurigram()
    parsed = ProxySecret.parse(secret)
    address = WebAddress(HOST)
    certificate = tmp_path / "relay.pem"
    certificate.write_bytes(certificate_for(HOST)[0])

    async def scenario() -> str:
        config = DataCenterConfig(private_key=rsa_key(), proxy_secrets=(parsed,), require_proxy_secret=True)
        data_center = DataCenter(config, entropy=os.urandom, now=time.time())
        relay = WebRelayConfig(address=address, secret=parsed)
        async with (
            serve(data_center) as server,
            serve_web_proxy(relay, server.address, tls=server_context(*certificate_for(HOST))) as proxy,
        ):
            settings = {
                "port": proxy.address[1],
                "link": address.link(parsed),
                "certificate": str(certificate),
                "times": 3,
            }
            process = await asyncio.create_subprocess_exec(
                interpreter,
                str(PROGRAMS / "kurigram_web_proxy.py"),
                json.dumps(settings),
                cwd=KURIGRAM.directory,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            out, err = await asyncio.wait_for(process.communicate(), 60)
            assert process.returncode == 0, err.decode()
            return out.decode()

    assert asyncio.run(scenario()).split() == [RES_PQ] * 3


PROGRAM = """
import sys
from pyrogram.connection.transport.tcp.web_proxy_carrier import *
from pyrogram.connection.transport.tcp.web_proxy_carrier import derive_bridge_capability
print(derive_bridge_capability("relay.example.org", secret=bytes.fromhex(sys.argv[1])))
frames = parse_frame_message(bytes.fromhex(sys.argv[2]))
print(b"".join(serialize_frame(f.type, stream_id=f.stream_id, payload=f.payload) for f in frames).hex())
print([(int(f.type), f.stream_id, f.payload.hex()) for f in frames])
"""


@pytest.mark.parametrize("secret", [PLAIN, f"dd{PLAIN}"])
def test_kurigram_writes_the_same_frames_and_the_same_proof(secret: str) -> None:
    batch = b"".join(
        frame.encode()
        for frame in (
            WebFrame(FrameType.HELLO, 0, b"\x01"),
            WebFrame(FrameType.OPEN, 1),
            WebFrame(FrameType.DATA, 0xABCDEF, os.urandom(300)),
            window(1, 256 << 10),
            WebFrame(FrameType.CLOSE, 1),
            WebFrame(FrameType.PONG, 0, b"abc"),
        )
    )
    run = subprocess.run(
        [kurigram(), "-c", PROGRAM, secret, batch.hex()], capture_output=True, text=True, check=True, timeout=60
    )
    proof, written, parsed = run.stdout.splitlines()
    assert proof == WebAddress(HOST).capability(ProxySecret.parse(secret))
    assert bytes.fromhex(written) == batch
    assert parsed == str([(int(each.type), each.stream_id, each.payload.hex()) for each in read_batch(batch)])
