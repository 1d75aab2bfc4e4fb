"""What `sansio-tl web-proxy` does: runs the relay of a WEB proxy.

The command itself, with its options, is declared in commands.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import ProxySecret
from sansio_tl.proxy import WebAddress
from sansio_tl_transports.cli.next_steps import address
from sansio_tl_transports.cli.terminal import Failure, echo, echo_data
from sansio_tl_transports.web_proxy import serve_web_proxy

if TYPE_CHECKING:  # it needs the libraries of an extra
    from sansio_tl.proxy.web_relay import WebRelayConfig


@dataclass(frozen=True, slots=True)
class RelayOptions:
    """The options of the command."""

    server: str
    """HOST or HOST/PATH."""
    secret: str = field(repr=False)
    target: str
    """HOST:PORT."""
    host: str
    port: int
    certificate: Path | None
    key: Path | None
    web_socket: bool

    def config(self) -> WebRelayConfig:
        """The settings of the relay. Raises ValueError for invalid ones, Failure if a library is missing."""
        try:
            from sansio_tl.proxy.web_relay import WebRelayConfig
        except ImportError as error:
            raise Failure(str(error)) from error
        try:
            secret = ProxySecret.parse(self.secret)
            return WebRelayConfig(address=WebAddress.parse(self.server), secret=secret, web_socket=self.web_socket)
        except LocalProtocolError as error:
            raise ValueError(str(error)) from None

    def target_address(self) -> tuple[str, int]:
        """Where the streams lead. Raises ValueError."""
        host, colon, port = self.target.rpartition(":")
        if not (colon and host and port.isascii() and port.isdecimal()):
            raise ValueError("--target: expected HOST:PORT")
        return host.removeprefix("[").removesuffix("]"), int(port)

    def tls(self) -> ssl.SSLContext | None:
        """The context of the certificate; None without one. Raises Failure for an invalid file."""
        if self.certificate is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        try:
            context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as error:
            raise Failure(f"cannot use the certificate {self.certificate}: {error}") from error
        return context


def run(options: RelayOptions) -> None:
    """Run the relay until SIGINT or SIGTERM. Raises ValueError, or Failure when the port is not available."""
    config, target, tls = options.config(), options.target_address(), options.tls()
    asyncio.run(_serve(config, target, options, tls))


async def _serve(
    config: WebRelayConfig, target: tuple[str, int], options: RelayOptions, tls: ssl.SSLContext | None
) -> None:
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt instead
            asyncio.get_running_loop().add_signal_handler(number, over.set)
    try:
        async with serve_web_proxy(config, target, options.host, options.port, tls=tls) as server:
            echo_data(f"link to share: {config.address.link(config.secret)}")
            if tls is None:
                echo("HTTP: the server before it has the certificate")
            elif server.address[1] != 443:
                port = server.address[1]
                echo(f"The link means port 443. A program reaches this port by replace(Proxy.parse(link), port={port})")
            echo(f"listening on {address(server.address)}")
            await over.wait()
    except LocalProtocolError as error:
        raise ValueError(str(error)) from None
    except OSError as error:
        raise Failure(f"cannot listen on {options.host} port {options.port}: {error.strerror}") from error
    echo("closed")
