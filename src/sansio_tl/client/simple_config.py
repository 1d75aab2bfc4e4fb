"""help.configSimple: addresses of data centers that anyone can publish, for clients whose own ones are blocked.

    TXT records by DNS over HTTPS (JSON) -- join_txt_records --> base64 -- decode_simple_config --> HelpConfigSimple
    base64 from elsewhere, such as a push message ------------^       -- endpoints_for --> addresses, by data center

Nothing on the way is trusted: the block inside is opened with a public key that clients contain, and a data center at
such an address proves itself in the handshake as any other does.
"""

from __future__ import annotations

import base64
import json
import re
import struct
from ipaddress import IPv4Address
from typing import Final

from sansio_tl import codec, types
from sansio_tl.client.actions import Endpoint
from sansio_tl.client.result_observer import MAX_ENDPOINTS
from sansio_tl.crypto.config_block import DATA_SIZE, make_config_block, open_config_block
from sansio_tl.crypto.rsa import RsaPrivateKey, RsaPublicKey
from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.hosts import MAX_PORT
from sansio_tl.limits import is_dc_id

MAX_TEXT: Final = 1024
"""Characters around and in the base64, as in official clients."""
MAX_ANSWER: Final = 1 << 14
"""Bytes of the answer of a resolver."""
_TEXT_SIZE: Final = 344
"""Characters of base64 for 256 bytes."""
_TXT: Final = 16
"""The type of a TXT record."""
_LENGTH: Final = struct.Struct("<I")
_OTHER: Final = re.compile("[^A-Za-z0-9+/=]+")


def join_txt_records(answer: bytes) -> str:
    """The text of the TXT records in an answer of DNS over HTTPS in JSON, the longest record first.

    Raises RemoteProtocolError MS50 for anything else.
    """
    if len(answer) > MAX_ANSWER:
        raise RemoteProtocolError("MS50", f"the answer of the resolver has more than {MAX_ANSWER} bytes")
    try:
        plain = json.loads(answer)
    except (ValueError, RecursionError):
        raise RemoteProtocolError("MS50", "the answer of the resolver is not JSON") from None
    records = plain.get("Answer") if isinstance(plain, dict) else None
    texts = [
        record["data"]
        for record in (records if isinstance(records, list) else ())
        if isinstance(record, dict) and record.get("type") == _TXT and isinstance(record.get("data"), str)
    ]
    if not texts:
        raise RemoteProtocolError("MS50", "the answer of the resolver has no TXT record")
    return "".join(sorted(texts, key=len, reverse=True))


def decode_simple_config(text: str | bytes, public_key: RsaPublicKey) -> types.mtproto.HelpConfigSimple:
    """help.configSimple from its text: base64, in which other characters are ignored.

    Raises RemoteProtocolError MS50 for anything that is not published with the key, whole and alone.
    """
    written = text if isinstance(text, str) else text.decode("latin-1")
    if len(written) > MAX_TEXT:
        raise RemoteProtocolError("MS50", f"the text has more than {MAX_TEXT} characters")
    written = _OTHER.sub("", written)
    if len(written) != _TEXT_SIZE:
        raise RemoteProtocolError("MS50", f"the text has {len(written)} characters of base64, not {_TEXT_SIZE}")
    try:
        published = base64.b64decode(written, validate=True)
    except ValueError:
        raise RemoteProtocolError("MS50", "the text is not base64") from None
    data = open_config_block(published, public_key)
    (length,) = _LENGTH.unpack_from(data)
    if length > DATA_SIZE:
        raise RemoteProtocolError("MS50", f"a length of {length} bytes in a block of {DATA_SIZE}")
    try:
        config = codec.decode(data[_LENGTH.size : length])
    except RemoteProtocolError as error:
        raise RemoteProtocolError("MS50", f"invalid help.configSimple: {error}") from None
    if not isinstance(config, types.mtproto.HelpConfigSimple):
        raise RemoteProtocolError("MS50", "the block does not contain help.configSimple")
    return config


def encode_simple_config(
    config: types.mtproto.HelpConfigSimple, private_key: RsaPrivateKey, *, entropy: Entropy
) -> str:
    """What `decode_simple_config` reads: for tests, and for data centers of your own.

    Raises LocalProtocolError for a config that is too long: there is space for 204 bytes of TL.
    """
    body = codec.encode(config)
    length = _LENGTH.size + len(body)
    if length > DATA_SIZE:
        raise LocalProtocolError(f"help.configSimple is too long: {len(body)} bytes of {DATA_SIZE - _LENGTH.size}")
    data = _LENGTH.pack(length) + body + entropy(DATA_SIZE - length)
    return base64.b64encode(make_config_block(data, private_key, entropy)).decode("ascii")


def check_dates(config: types.mtproto.HelpConfigSimple, *, now: float, newest: int) -> None:
    """MS50: a config that has expired, or is older than one that was accepted, is not used.

    One from the future is: the key has signed it, and the clock of a device is more often wrong.
    """
    if config.expires <= now or config.expires < config.date:
        raise RemoteProtocolError("MS50", "help.configSimple has expired")
    if config.date < newest:
        raise RemoteProtocolError("MS50", "help.configSimple is older than the one before")


def endpoints_for(config: types.mtproto.HelpConfigSimple, phone_number: str = "") -> dict[int, tuple[Endpoint, ...]]:
    """The addresses in the rules that apply to a phone number; without a number, in all rules.

    Invalid addresses are left out, and so is everything beyond `MAX_ENDPOINTS` for one data center.
    """
    digits = "".join(filter(str.isdecimal, phone_number))
    found: dict[int, dict[Endpoint, None]] = {}
    for rule in config.rules:
        if is_dc_id(rule.dc_id) and matches(digits, rule.phone_prefix_rules):
            of_this = found.setdefault(rule.dc_id, {})
            for address in rule.ips:
                endpoint = _endpoint(address)
                if endpoint is not None and len(of_this) < MAX_ENDPOINTS:
                    of_this[endpoint] = None
    return {dc_id: tuple(endpoints) for dc_id, endpoints in found.items() if endpoints}


def matches(digits: str, rules: str) -> bool:
    """Whether a phone number fits rules such as ``+7,-79``: a prefix with ``-`` excludes, an empty one fits any.

    Empty rules fit any number, and no number fits any rules.
    """
    if not digits or not rules:
        return True
    fits = False
    for rule in rules.split(","):
        sign, prefix = rule[:1], rule[1:]
        if sign == "-" and digits.startswith(prefix):
            return False
        fits |= not rule or (sign == "+" and digits.startswith(prefix))
    return fits


def _endpoint(address: types.mtproto.TypeIpPort) -> Endpoint | None:
    if not 0 < address.port <= MAX_PORT:
        return None
    host = str(IPv4Address(address.ipv4 & 0xFFFFFFFF))
    if not isinstance(address, types.mtproto.IpPortSecret):
        return Endpoint(host, address.port)
    try:
        return Endpoint(host, address.port, secret=ProxySecret.parse(address.secret))
    except LocalProtocolError:
        return None
