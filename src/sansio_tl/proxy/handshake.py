"""What every road is: a short talk with a proxy, at whose end the link leads to the data center."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import final

from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
from sansio_tl.hosts import MAX_PORT, is_host


class ProxyError(RemoteProtocolError):
    """The proxy does not lead where we want to go, or does not speak its protocol."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(step, reason)
        self.step = step
        """Which step failed, for example ``"SOCKS5 authentication"``."""
        self.reason = reason
        """Why, in the proxy's words where it has any."""


class ProxyHandshake(ABC):
    """The client's end of a talk with a proxy.

    Write what `data_to_send` gives, feed what comes to `receive_data` (and its end to `receive_eof`), until `done`.
    Then `leftover` is what has come for the framing already. Failures raise ProxyError; the road is then of no use.
    """

    def __init__(self) -> None:
        self.done = False
        """Whether the link leads to the target now."""
        self.leftover = b""
        """When done: bytes that came after the proxy's last word."""
        self._out = b""
        self._step = ""

    @property
    @final
    def step(self) -> str:
        """What is being done at the moment, as `ProxyError.step` tells it."""
        return self._step

    @final
    def data_to_send(self) -> bytes:
        """Everything that is to be written to the proxy now; each byte is given once."""
        data, self._out = self._out, b""
        return data

    @final
    def receive_data(self, data: bytes) -> None:
        """Take bytes of the proxy, any number of them."""
        if self.done:
            raise LocalProtocolError("the road is done: what comes now is for the framing")
        self._receive(data)

    @final
    def receive_eof(self) -> None:
        """The proxy has closed the link: raises ProxyError, unless the road is done."""
        if not self.done:
            raise self._error("the proxy closed the link")

    def _error(self, reason: str) -> ProxyError:
        return ProxyError(self._step, reason)

    @abstractmethod
    def _receive(self, data: bytes) -> None:
        """Take in bytes of the proxy."""


def check_target(host: str, port: int) -> tuple[str, int]:
    """Host and port as they travel, international names in their ASCII form. Raises LocalProtocolError."""
    if not isinstance(host, str):
        raise LocalProtocolError(f"a host is a str, not {type(host).__name__}")
    if type(port) is not int or not 0 < port <= MAX_PORT:
        raise LocalProtocolError(f"a port is a number from 1 to {MAX_PORT}")
    try:
        name = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise LocalProtocolError("the host is no name that can be looked up") from error
    if not is_host(name) or not all("!" <= character <= "~" for character in name):  # a zone may be any text
        raise LocalProtocolError("a host is an IP address or a DNS name: labels of 1 to 63 characters, 253 in all")
    return name, port


def check_credentials(username: object, password: object) -> None:
    """A user name and a password are text in UTF-8, without control characters. Raises LocalProtocolError."""
    for value, what in ((username, "user name"), (password, "password")):
        if not isinstance(value, str):
            raise LocalProtocolError(f"the {what} of a proxy is a str, not {type(value).__name__}")
        if any(character < " " or character == "\x7f" or "\ud800" <= character <= "\udfff" for character in value):
            raise LocalProtocolError(f"the {what} of a proxy has a control character or a lone surrogate")
