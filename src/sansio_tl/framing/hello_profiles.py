"""The profiles of fake TLS, and their names.

    browser   about 1,800 bytes: GREASE, shuffled extensions, X25519MLKEM768, ECH, as Chrome and the official clients of
              2026 send it. JA4 t13d1516h2_8daaf6152771_806a8c22fdea; JA3 differs from hello to hello
    short     517 bytes in a fixed order, as browsers did until 2020. JA4 t13d1515h2_8daaf6152771_de4a06bb82e3, which
              filters know since 2026. Only for proxies that accept nothing else, such as mtprotoproxy 1.0.6

Numbers of extensions: https://www.iana.org/assignments/tls-extensiontype-values
"""

from __future__ import annotations

from typing import Final

from sansio_tl.framing.hello_profile import Drawn, Extension, Grease, HelloProfile, RandomBytes, Shuffled, TlsVector

_FULL_RECORD: Final = (1 << 14) + 17
"""A record of TLS 1.3 with as much data as there may be, its type and its tag: uploads of browsers consist of them."""
_OFFICIAL_RECORD: Final = 2878
"""The largest record of official clients."""

_SUITES: Final = (
    Grease.CIPHER_SUITE,
    b"\x13\x01",  # TLS_AES_128_GCM_SHA256
    b"\x13\x02",  # TLS_AES_256_GCM_SHA384
    b"\x13\x03",  # TLS_CHACHA20_POLY1305_SHA256
    *(b"\xc0\x2b", b"\xc0\x2f", b"\xc0\x2c", b"\xc0\x30", b"\xcc\xa9", b"\xcc\xa8"),  # ECDHE with GCM and ChaCha20
    *(b"\xc0\x13", b"\xc0\x14", b"\x00\x9c", b"\x00\x9d", b"\x00\x2f", b"\x00\x35"),
)

_SERVER_NAME: Final = Extension(0x0000, (TlsVector(2, (b"\x00", TlsVector(2, (Drawn.HOST,)))),))
_STATUS_REQUEST: Final = Extension(0x0005, (b"\x01\x00\x00\x00\x00",))
_EC_POINT_FORMATS: Final = Extension(0x000B, (TlsVector(1, (b"\x00",)),))
_ALPN: Final = Extension(0x0010, (TlsVector(2, (TlsVector(1, (b"h2",)), TlsVector(1, (b"http/1.1",)))),))
_CERTIFICATE_TIMESTAMP: Final = Extension(0x0012)
_EXTENDED_MASTER_SECRET: Final = Extension(0x0017)
_COMPRESS_CERTIFICATE: Final = Extension(0x001B, (TlsVector(1, (b"\x00\x02",)),))
_SESSION_TICKET: Final = Extension(0x0023)
_PSK_MODES: Final = Extension(0x002D, (TlsVector(1, (b"\x01",)),))
_APPLICATION_SETTINGS: Final = Extension(0x44CD, (TlsVector(2, (TlsVector(1, (b"h2",)),)),))
_ECH_CONFIG: Final = (b"\x00\x00\x01\x00\x01", RandomBytes((1,)), TlsVector(2, (Drawn.X25519_KEY,)))
"""Of an outer hello, HKDF-SHA256 and AES-128-GCM; the number of the configuration; a key. RFC 9849, 5"""
_ENCRYPTED_CLIENT_HELLO: Final = Extension(0xFE0D, (*_ECH_CONFIG, TlsVector(2, (RandomBytes((144, 176, 208, 240)),))))
_RENEGOTIATION_INFO: Final = Extension(0xFF01, (b"\x00",))

_SUPPORTED_GROUPS: Final = 0x000A
_SIGNATURE_ALGORITHMS: Final = 0x000D
_SUPPORTED_VERSIONS: Final = 0x002B
_KEY_SHARE: Final = 0x0033

_CLASSICAL_GROUPS: Final = b"\x00\x1d\x00\x17\x00\x18"
_X25519_MLKEM768: Final = b"\x11\xec"
_CLASSICAL_SIGNATURES: Final = bytes.fromhex("04030804040105030805050108060601")
_ML_DSA: Final = bytes.fromhex("090409050906")
_GREASE_SHARE: Final = (Grease.GROUP, b"\x00\x01\x00")
_X25519_SHARE: Final = (b"\x00\x1d", TlsVector(2, (Drawn.X25519_KEY,)))
_HYBRID_SHARE: Final = (_X25519_MLKEM768, TlsVector(2, (Drawn.ML_KEM_768_KEY, Drawn.X25519_KEY)))

BROWSER: Final = HelloProfile(
    name="browser",
    cipher_suites=_SUITES,
    extensions=(
        Extension(Grease.FIRST_EXTENSION),
        Shuffled(
            (
                _SERVER_NAME,
                _STATUS_REQUEST,
                Extension(_SUPPORTED_GROUPS, (TlsVector(2, (Grease.GROUP, _X25519_MLKEM768, _CLASSICAL_GROUPS)),)),
                _EC_POINT_FORMATS,
                Extension(_SIGNATURE_ALGORITHMS, (TlsVector(2, (_ML_DSA, _CLASSICAL_SIGNATURES)),)),
                _ALPN,
                _CERTIFICATE_TIMESTAMP,
                _EXTENDED_MASTER_SECRET,
                _COMPRESS_CERTIFICATE,
                _SESSION_TICKET,
                Extension(_SUPPORTED_VERSIONS, (TlsVector(1, (Grease.VERSION, b"\x03\x04\x03\x03")),)),
                _PSK_MODES,
                Extension(_KEY_SHARE, (TlsVector(2, (*_GREASE_SHARE, *_HYBRID_SHARE, *_X25519_SHARE)),)),
                _APPLICATION_SETTINGS,
                _ENCRYPTED_CLIENT_HELLO,
                _RENEGOTIATION_INFO,
            )
        ),
        Extension(Grease.LAST_EXTENSION, (b"\x00",)),
    ),
    max_record=_FULL_RECORD,
)

SHORT: Final = HelloProfile(
    name="short",
    cipher_suites=_SUITES,
    extensions=(
        Extension(Grease.FIRST_EXTENSION),
        _SERVER_NAME,
        _EXTENDED_MASTER_SECRET,
        _RENEGOTIATION_INFO,
        Extension(_SUPPORTED_GROUPS, (TlsVector(2, (Grease.GROUP, _CLASSICAL_GROUPS)),)),
        _EC_POINT_FORMATS,
        _SESSION_TICKET,
        _ALPN,
        _STATUS_REQUEST,
        Extension(_SIGNATURE_ALGORITHMS, (TlsVector(2, (_CLASSICAL_SIGNATURES,)),)),
        _CERTIFICATE_TIMESTAMP,
        Extension(_KEY_SHARE, (TlsVector(2, (*_GREASE_SHARE, *_X25519_SHARE)),)),
        _PSK_MODES,
        Extension(_SUPPORTED_VERSIONS, (TlsVector(1, (Grease.VERSION, b"\x03\x04\x03\x03\x03\x02\x03\x01")),)),
        _COMPRESS_CERTIFICATE,
        Extension(Grease.LAST_EXTENSION, (b"\x00",)),
    ),
    padded_size=517,
    max_record=_OFFICIAL_RECORD,
)

HELLO_PROFILES: Final[dict[str, HelloProfile]] = {profile.name: profile for profile in (BROWSER, SHORT)}
"""The profiles by name."""
