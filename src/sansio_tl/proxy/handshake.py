"""Base class of proxy handshakes: a short exchange with a proxy, after which the connection leads to the data
center.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, final

from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
from sansio_tl.hosts import MAX_PORT, is_host
from sansio_tl.proxy.carrier import Carrier


class ProxyError(RemoteProtocolError):
    """The proxy does not connect to the target, or does not speak its protocol."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(step, reason)
        self.step = step
        """Which step failed, for example ``"SOCKS5 authentication"``."""
        self.reason = reason
        """The reason, as given by the proxy where it gives one."""


class ProxyHandshake(ABC):
    """The client side of a proxy handshake.

    Write what `data_to_send` returns and pass what arrives to `receive_data` (and the end of the stream to
    `receive_eof`) until `done` is true. `leftover` then holds bytes that already belong to the framing. Failures raise
    ProxyError; the connection cannot be used after one.
    """

    after_tls: ClassVar[bool] = False
    """Whether it takes place inside TLS to the proxy; else TLS, if there is any, leads to the target."""

    def __init__(self) -> None:
        self.done = False
        """Whether the proxy has connected to the target."""
        self.leftover = b""
        """When done: bytes that arrived after the proxy's last reply."""
        self.carrier: Carrier | None = None
        """When done, after the handshake with a WEB proxy: carries the bytes of the framing."""
        self._out = b""
        self._step = ""

    @property
    @final
    def step(self) -> str:
        """The current step, as `ProxyError.step` names it."""
        return self._step

    @final
    def data_to_send(self) -> bytes:
        """Everything that is to be written to the proxy now; each byte is returned once."""
        data, self._out = self._out, b""
        return data

    @final
    def receive_data(self, data: bytes) -> None:
        """Process bytes from the proxy, any number of them."""
        if self.done:
            raise LocalProtocolError("the proxy handshake is complete: pass further data to the framing")
        self._receive(data)

    @final
    def receive_eof(self) -> None:
        """The proxy has closed the connection: raises ProxyError unless the handshake is complete."""
        if not self.done:
            raise self._error("the proxy closed the connection")

    def _error(self, reason: str) -> ProxyError:
        return ProxyError(self._step, reason)

    @abstractmethod
    def _receive(self, data: bytes) -> None:
        """Process bytes from the proxy."""


def check_target(host: str, port: int) -> tuple[str, int]:
    """Host and port as they are sent, international names in their ASCII form. Raises LocalProtocolError."""
    if not isinstance(host, str):
        raise LocalProtocolError(f"invalid host: found {type(host).__name__}, expected str")
    if type(port) is not int or not 0 < port <= MAX_PORT:
        raise LocalProtocolError(f"invalid port: expected a number from 1 to {MAX_PORT}")
    try:
        name = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise LocalProtocolError("invalid host: it cannot be encoded as a DNS name (IDNA)") from error
    if not is_host(name) or not all("!" <= character <= "~" for character in name):  # a zone may be any text
        raise LocalProtocolError(
            "invalid host: expected an IP address or a DNS name with labels of 1 to 63 characters, 253 in all"
        )
    return name, port


def check_credentials(username: object, password: object) -> None:
    """Check that user name and password are UTF-8 text without control characters. Raises LocalProtocolError."""
    for value, what in ((username, "user name"), (password, "password")):
        if not isinstance(value, str):
            raise LocalProtocolError(f"invalid proxy {what}: found {type(value).__name__}, expected str")
        if any(character < " " or character == "\x7f" or "\ud800" <= character <= "\udfff" for character in value):
            raise LocalProtocolError(f"invalid proxy {what}: it contains a control character or a lone surrogate")
