"""The certificate of `sansio-tl serve`, and the clients that accept it."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import tempfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sansio_tl_transports.cli.certificate import make_certificate


def names_of(certificate: x509.Certificate) -> list[object]:
    extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return [name.value for name in extension.value]


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("127.0.0.1", [ipaddress.ip_address("127.0.0.1"), "localhost"]),
        ("::1", [ipaddress.ip_address("::1"), "localhost"]),
        ("192.0.2.7", [ipaddress.ip_address("192.0.2.7")]),
        ("2001:db8::7", [ipaddress.ip_address("2001:db8::7")]),
        ("telegram.example", ["telegram.example"]),
        ("localhost", ["localhost"]),
    ],
)
def test_certificate_names_the_host(host: str, names: list[object]) -> None:
    assert names_of(x509.load_pem_x509_certificate(make_certificate(host)[0])) == names


def test_certificate_is_for_servers_only_and_short_lived() -> None:
    pem, key = make_certificate("localhost")
    certificate = x509.load_pem_x509_certificate(pem)
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert (constraints.critical, constraints.value.ca, constraints.value.path_length) == (True, True, 0)
    assert list(usage.value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    [common_name] = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert common_name.value == "localhost"
    assert certificate.issuer == certificate.subject
    now = dt.datetime.now(dt.UTC)
    assert dt.timedelta(minutes=50) < now - certificate.not_valid_before_utc < dt.timedelta(minutes=70)
    assert dt.timedelta(days=29) < certificate.not_valid_after_utc - now < dt.timedelta(days=31)
    private = serialization.load_pem_private_key(key, None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    assert private.public_key() == certificate.public_key()
    assert private.curve.name == "secp256r1"
    certificate.verify_directly_issued_by(certificate)


def test_each_certificate_has_its_own_key_and_serial_number() -> None:
    one, other = make_certificate("localhost"), make_certificate("localhost")
    assert one[1] != other[1]
    numbers = {x509.load_pem_x509_certificate(pem).serial_number for pem, _ in (one, other)}
    assert len(numbers) == 2


@pytest.mark.parametrize(
    ("made_for", "asked_for", "good"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "localhost", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "localhost", False),
        ("telegram.example", "telegram.example", True),
        ("telegram.example", "other.example", False),
        ("::1", "::1", True),
    ],
)
def test_certificate_is_accepted_for_its_host_only(made_for: str, asked_for: str, good: bool) -> None:
    pem, key = make_certificate(made_for)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "both.pem"
        path.write_bytes(pem + key)
        server.load_cert_chain(path)
    client = ssl.create_default_context(cadata=pem.decode("ascii"))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=asked_for),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]

    def shake_hands() -> None:
        left = list(ends)
        while left:
            for end in tuple(left):
                try:
                    end.do_handshake()
                    left.remove(end)
                except ssl.SSLWantReadError:
                    continue

    if good:
        shake_hands()
    else:
        with pytest.raises(ssl.SSLCertVerificationError):
            shake_hands()
