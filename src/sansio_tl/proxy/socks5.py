"""SOCKS5, through socksio (the extra `socks`).

    greeting         05 | n | methods                      05 | method
    authentication   01 | n | user | n | password          01 | 00
    connect          05 01 00 | type | address | port      05 | 00 | 00 | type | address | port

Host names are sent unresolved and the proxy looks them up: a network that requires a proxy may give false DNS answers.
RFC 1928; user and password RFC 1929
"""

from __future__ import annotations

from typing import Final

from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.proxy.handshake import ProxyHandshake, check_credentials, check_target

try:
    from socksio import ProtocolError
    from socksio.socks5 import (
        SOCKS5AuthMethod,
        SOCKS5AuthMethodsRequest,
        SOCKS5Command,
        SOCKS5CommandRequest,
        SOCKS5Connection,
        SOCKS5ReplyCode,
        SOCKS5State,
        SOCKS5UsernamePasswordRequest,
    )
except ImportError as missing:
    raise ImportError(
        "SOCKS5 needs socksio. The extra socks brings it: pip install '.[socks]' in a checkout"
    ) from missing

_MAX_TEXT: Final = 255
"""SOCKS5 writes the length of user name and password in one byte."""
_SHORT_REPLY: Final = 2
_ADDRESS_SIZES: Final = {1: 4, 4: 16}
"""Size of an address by its type; type 3 is a host name, preceded by its length."""


class Socks5Handshake(ProxyHandshake):
    """The handshake with a SOCKS5 proxy."""

    def __init__(self, host: str, port: int, *, username: str = "", password: str = "") -> None:
        """`host` is a name or an address of the data center. Raises LocalProtocolError for a target that SOCKS5 cannot
        express.
        """
        super().__init__()
        check_credentials(username, password)
        self._socks = SOCKS5Connection()
        self._credentials = (_text(username, "user name"), _text(password, "password")) if username else None
        self._target = check_target(host, port)
        self._received = b""
        self._step = "SOCKS5 greeting"
        methods = [SOCKS5AuthMethod.NO_AUTH_REQUIRED]
        if self._credentials:
            methods.append(SOCKS5AuthMethod.USERNAME_PASSWORD)
        self._send(SOCKS5AuthMethodsRequest(methods))

    def _receive(self, data: bytes) -> None:
        self._received += data
        while not self.done:
            size = self._reply_size()
            if not 0 < size <= len(self._received):
                return
            reply, self._received = self._received[:size], self._received[size:]
            try:
                self._socks.receive_data(reply)
            except ProtocolError as error:
                raise self._error("the proxy does not speak SOCKS5") from error
            self._advance()
        self.leftover, self._received = self._received, b""

    def _reply_size(self) -> int:
        """The size of the next reply, 0 while it is not known yet. Raises ProxyError as soon as a reply reports an
        error.
        """
        reply = self._received
        if len(reply) < _SHORT_REPLY:
            return 0
        authenticating = self._socks.state is SOCKS5State.SERVER_VERIFY_USERNAME_PASSWORD
        if reply[0] != (1 if authenticating else 5):
            raise self._error("the proxy does not speak SOCKS5")
        if authenticating:
            if reply[1]:
                raise self._error("the proxy rejected the user name and password")
            return _SHORT_REPLY
        if self._socks.state is SOCKS5State.SERVER_AUTH_REPLY:
            if reply[1] not in ((0, 2) if self._credentials else (0,)):
                raise self._error("the proxy requires another authentication method")
            return _SHORT_REPLY
        if reply[1]:
            raise self._error(_rejection(reply[1]))
        if len(reply) <= 4:
            return 0
        address = _ADDRESS_SIZES.get(reply[3], 1 + reply[4])
        return 4 + address + 2

    def _advance(self) -> None:
        match self._socks.state:
            case SOCKS5State.CLIENT_WAITING_FOR_USERNAME_PASSWORD if self._credentials:
                self._step = "SOCKS5 authentication"
                self._send(SOCKS5UsernamePasswordRequest(*self._credentials))
            case SOCKS5State.CLIENT_AUTHENTICATED:
                self._step = "SOCKS5 connect"
                self._send(SOCKS5CommandRequest.from_address(SOCKS5Command.CONNECT, self._target))
            case _:
                self.done = True

    def _send(self, request: SOCKS5AuthMethodsRequest | SOCKS5UsernamePasswordRequest | SOCKS5CommandRequest) -> None:
        self._socks.send(request)  # pyright: ignore[reportAttributeAccessIssue]  a singledispatchmethod
        self._out += self._socks.data_to_send()


def _text(value: str, what: str) -> bytes:
    data = value.encode("utf-8")
    if len(data) > _MAX_TEXT:
        raise LocalProtocolError(f"invalid SOCKS5 {what}: found {len(data)} bytes, expected at most {_MAX_TEXT}")
    return data


def _rejection(code: int) -> str:
    try:
        return SOCKS5ReplyCode(bytes([code])).name.lower().replace("_", " ")
    except ValueError:
        return f"error code {code}"
