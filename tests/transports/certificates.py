"""A certificate for 127.0.0.1 that only the tests trust."""

from __future__ import annotations

import ssl
import tempfile
from functools import cache
from pathlib import Path

from sansio_tl_transports.cli.certificate import make_certificate


@cache
def pems() -> tuple[bytes, bytes]:
    """The certificate and its private key."""
    return make_certificate("127.0.0.1")


@cache
def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context, and one of a client that trusts it."""
    certificate, key = pems()
    return server_context(certificate, key), ssl.create_default_context(cadata=certificate.decode("ascii"))


@cache
def certificate_for(host: str) -> tuple[bytes, bytes]:
    """A certificate for another name, and its private key."""
    return make_certificate(host)


def server_context(certificate: bytes, key: bytes) -> ssl.SSLContext:
    """The context of a server with this certificate."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "both.pem"
        path.write_bytes(certificate + key)
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(path)
    return server
