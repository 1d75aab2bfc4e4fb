"""The actions that a client requests from its driver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from sansio_tl.computation import Compute
from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.hosts import MAX_PORT, is_host


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address of a data center. Raises LocalProtocolError for an invalid host or port."""

    host: str
    """An IPv4 or IPv6 address, or a DNS name in ASCII."""
    port: int
    """1 to 65535."""
    media_only: bool = False
    """Whether this address is for files only."""
    secret: ProxySecret | None = None
    """If there is one, the framing there is the one of an MTProxy with this secret, whatever `Config.framing` is. A
    driver must then report which endpoint it has connected to (`Client.connection_made`)."""

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """Read ``host:port`` or, for an IPv6 address, ``[address]:port``. Raises LocalProtocolError."""
        due = "expected host:port, such as 127.0.0.1:443 or [::1]:443"
        if not isinstance(text, str):
            raise LocalProtocolError(f"invalid endpoint: found {type(text).__name__}, {due}")
        host, colon, port = text.rpartition(":")
        bracketed = host.startswith("[") and host.endswith("]")
        if not colon or not (port.isascii() and port.isdigit()) or (":" in host) != bracketed:
            raise LocalProtocolError(f"invalid endpoint: found {text!r:.80}, {due}")
        return cls(host[1:-1] if bracketed else host, int(port))

    def __post_init__(self) -> None:
        if not isinstance(self.host, str) or not is_host(self.host):
            raise LocalProtocolError(
                f"invalid Endpoint.host: found {self.host!r:.80}, expected an IP address or a DNS name in ASCII"
            )
        if type(self.port) is not int or not 0 < self.port <= MAX_PORT:
            raise LocalProtocolError(
                f"invalid Endpoint.port: found {self.port!r:.80}, expected a number from 1 to {MAX_PORT}"
            )
        if self.secret is not None and not isinstance(self.secret, ProxySecret):
            raise LocalProtocolError(
                f"invalid Endpoint.secret: found {type(self.secret).__name__}, expected ProxySecret or None"
            )


@dataclass(frozen=True, slots=True)
class Connect:
    """Open a connection, then call `Client.connection_made` or `connection_failed`.

    After `ClientConfig.connect_timeout` seconds without either the client gives the attempt up.
    """

    connection_id: int
    """Identifies the connection in every further call; never used twice."""
    dc_id: int
    endpoints: tuple[Endpoint, ...]
    """Candidates, best first; connecting to any of them will do (RFC 8305). After a connection without an answer, the
    next `Connect` begins with the next one."""


@dataclass(frozen=True, slots=True)
class FetchConfig:
    """Fetch a document by HTTPS, with the certificate verified, then call `Client.config_fetched` or
    `connection_failed`. Only with `ClientConfig.config_fallback`.

    `Disconnect` follows, as for a `Connect`: at once if the time for it is over.
    """

    connection_id: int
    """Identifies the fetch in every further call; never used twice."""
    url: str
    accept: str = "application/dns-json"
    """The value of the header Accept."""


@dataclass(frozen=True, slots=True)
class Send:
    """A connection may have something to write: call `Client.data_to_send` when it can take bytes, and write them.

    It comes once for each connection until `data_to_send` is called for that; without it `data_to_send` returns no
    bytes. With it, too, there may be none.
    """

    connection_id: int


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Write what is left to write and `data`, then close this connection, or cancel the attempt to open it.

    It comes exactly once for each id of a `Connect` or `FetchConfig`, and each id that `Client.second_connection_made`
    has returned, whatever has ended the connection: also when it was never opened, or was reported as lost, and is
    closed already. So this is the one place where a driver cleans up. No call for this id has an effect any more.
    """

    connection_id: int
    data: bytes = b""
    """The last bytes of the framing, such as the close frame of a WebSocket."""


Action: TypeAlias = Connect | Disconnect | FetchConfig | Send | Compute
