"""The options `--proxy`, `--tls-hello` and `--framing` of the commands that connect to a data center."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Annotated, Any, TypeAlias

import typer

from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import FRAMINGS, HELLO_PROFILES
from sansio_tl.proxy import Proxy
from sansio_tl_transports._shared.connect_options import ConnectOptions
from sansio_tl_transports.cli.help import completion
from sansio_tl_transports.cli.inspect.usage_error import did_you_mean

ProxyUrl = Annotated[
    str | None,
    typer.Option(
        "--proxy",
        metavar="URL",
        envvar="SANSIO_TL_PROXY",
        help="Connect through a proxy: socks5://, http://, tg://proxy?..., tg://webproxy?... or the same at https://t.me.",
    ),
]
TlsHello = Annotated[
    str | None,
    typer.Option(
        "--tls-hello",
        metavar="NAME",
        help="ClientHello for a proxy with an ee secret: browser (default), or short (517 bytes) for an old proxy.",
        autocompletion=completion(HELLO_PROFILES),
    ),
]
Framing = Annotated[
    str | None,
    typer.Option(
        "--framing", metavar="NAME", help=f"One of: {', '.join(FRAMINGS)}.", autocompletion=completion(FRAMINGS)
    ),
]
ConnectArguments: TypeAlias = dict[str, Any]
"""The framing and proxy arguments of `sync.connect` and `sync.open_client`."""


def connect_arguments(proxy: str | None, tls_hello: str | None, framing: str | None) -> ConnectArguments:
    """Check the options, before anything is asked. Raises typer.BadParameter, exit status 2."""
    if framing is not None and framing not in FRAMINGS:
        hint = did_you_mean(framing, FRAMINGS)
        raise typer.BadParameter(f"expected one of {', '.join(FRAMINGS)}{hint}", param_hint="--framing")
    try:
        checked = _proxy(proxy, tls_hello)
        ConnectOptions(proxy=checked, framing=framing, clock=time.time)
    except (LocalProtocolError, ImportError) as error:
        raise typer.BadParameter(str(error), param_hint="--framing" if proxy is None else "--proxy") from None
    return {"proxy": checked, "framing": framing}


def _proxy(link: str | None, tls_hello: str | None) -> Proxy | None:
    """The proxy of the options. Raises LocalProtocolError for an invalid link, and typer.BadParameter."""
    if tls_hello is None:
        return None if link is None else Proxy.parse(link)
    if tls_hello not in HELLO_PROFILES:
        text = f"found {tls_hello}, expected one of: {', '.join(HELLO_PROFILES)}"
        raise typer.BadParameter(text, param_hint="--tls-hello")
    if link is None:
        raise typer.BadParameter("it requires --proxy", param_hint="--tls-hello")
    return replace(Proxy.parse(link), tls_hello=HELLO_PROFILES[tls_hello])
